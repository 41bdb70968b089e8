// What is selected in a field when its value comes from elsewhere.
import { flushSync } from 'react-dom';

/** Changes state that the field in use may show. A value that was there to be replaced, all of it selected, still is afterwards. */
export function setFieldFromElsewhere(change: () => void): void {
  const field = document.activeElement;
  const isInput = field instanceof HTMLInputElement;
  const isWhole = isInput && field.selectionStart === 0 && field.selectionEnd === field.value.length;
  flushSync(change);
  if (isWhole) field.select();
}
