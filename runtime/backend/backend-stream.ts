// What an open stream of the backend is to its connection.
import type { Disposable } from './disposable.ts';

/** An open stream. Disposing ends it without a word; {@link StreamOutput} is how it speaks. */
export interface BackendStream<Control> extends Disposable {
  /** Bytes from the window. The view may be kept. */
  input(data: Uint8Array): void;
  /** No more input will come. */
  end(): void;
  control(message: Control): void;
  /** The window is hidden, or shown. Told at the beginning too. */
  setVisible?(visible: boolean): void;
}
