// Types for the part of preact/hooks that this page uses; written for this project, not vendored.
import type {Context} from "./preact.js";

type Update<S> = (next: S | ((previous: S) => S)) => void;
type Cleanup = (() => void) | void;

export function useState<S>(initial: S | (() => S)): [S, Update<S>];
export function useReducer<S, A>(reducer: (state: S, action: A) => S, initial: S): [S, (action: A) => void];
export function useRef<T>(initial: T): {current: T};
export function useMemo<T>(make: () => T, inputs: readonly unknown[]): T;
export function useCallback<F>(callback: F, inputs: readonly unknown[]): F;
export function useEffect(effect: () => Cleanup, inputs?: readonly unknown[]): void;
export function useLayoutEffect(effect: () => Cleanup, inputs?: readonly unknown[]): void;
export function useContext<T>(context: Context<T>): T;
export function useId(): string;
