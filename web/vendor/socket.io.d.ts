// Types for the part of socket.io-client that this page uses; written for this project, not vendored.

export interface Manager {
  on(event: string, listener: (...values: any[]) => void): this;
  off(event: string, listener?: (...values: any[]) => void): this;
}

export interface Socket {
  readonly connected: boolean;
  readonly active: boolean;
  readonly id: string | undefined;
  readonly io: Manager;
  connect(): this;
  disconnect(): this;
  on(event: string, listener: (...values: any[]) => void): this;
  once(event: string, listener: (...values: any[]) => void): this;
  off(event?: string, listener?: (...values: any[]) => void): this;
  onAny(listener: (event: string, ...values: any[]) => void): this;
  emit(event: string, ...values: any[]): this;
  timeout(ms: number): {
    emit(event: string, ...values: any[]): void;
    emitWithAck(event: string, ...values: any[]): Promise<any>;
  };
  emitWithAck(event: string, ...values: any[]): Promise<any>;
}

export function io(url: string, options?: Record<string, unknown>): Socket;
