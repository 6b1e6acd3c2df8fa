// Types for the part of Preact that this page uses; written for this project, not vendored.

export interface VNode {
  type: unknown;
  props: unknown;
  key: unknown;
}
export type Child = VNode | string | number | boolean | null | undefined | Child[];
export type Component<P> = (props: P) => Child;
export type Ref<T> = {current: T | null} | ((element: T | null) => void);

export interface Context<T> {
  Provider: Component<{value: T; children?: Child}>;
}

export function h<P>(type: Component<P>, props: P & {key?: string | number}, ...children: Child[]): VNode;
export function h(type: string, props: Record<string, unknown> | null, ...children: Child[]): VNode;
export function render(node: Child, parent: Element): void;
export function createContext<T>(value: T): Context<T>;
