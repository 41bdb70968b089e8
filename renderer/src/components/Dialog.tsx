// The frame of every dialog: title, body, and a foot for the buttons. Escape and the cross close it; focus returns to where
// it was, or to the list's current row when that place is gone.
import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import { useEffect, useRef, useState, type CSSProperties, type ReactNode } from 'react';
import { en } from '../strings/en.ts';
import { focusCurrentRow } from './Grid.tsx';

/** A click beside a dialog that is as young as this is the second of a double click on what opened it. */
const doubleClickMs = 500;

interface DialogProps {
  readonly title: string;
  /** A sentence below the title, read out with it. */
  readonly description?: string;
  readonly widthPx?: number;
  readonly alert?: boolean;
  /** Which step it is at: with a new one, focus that got lost goes to what comes next. */
  readonly step?: string;
  /** Its body is text to read: the keyboard must get there to scroll. */
  readonly reading?: boolean;
  readonly onClose: () => void;
  readonly children?: ReactNode;
  readonly foot: ReactNode;
}

export function Dialog(props: DialogProps) {
  const { title, description, widthPx, alert, step, reading, onClose, children, foot } = props;
  const content = useRef<HTMLDivElement>(null);
  const [openedMs] = useState(() => performance.now());
  useEffect(() => {
    const focused = document.activeElement;
    if (focused !== document.body && focused !== content.current) return;
    focusNextThing(content.current);
  }, [step]);
  const width: CSSProperties & Record<'--dialog-width', string> = { '--dialog-width': `${widthPx ?? 460}px` };
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="dialog-overlay" />
        <Radix.Content
          ref={content}
          className="dialog"
          style={width}
          role={alert === true ? 'alertdialog' : 'dialog'}
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
          onOpenAutoFocus={focusFirstThing}
          onPointerDownOutside={(event) => {
            if (event.detail.originalEvent.timeStamp - openedMs < doubleClickMs) event.preventDefault();
          }}
          onCloseAutoFocus={() => setTimeout(focusWhenLost, 0)}
        >
          <div className="dialog-head">
            <Radix.Title className="dialog-title min-w-0 flex-1 break-words">{title}</Radix.Title>
            <Radix.Close className="btn btn-ghost btn-icon" aria-label={en.common.close}>
              <X aria-hidden />
            </Radix.Close>
          </div>
          <div
            className="dialog-body"
            {...(reading === true ? { role: 'region', 'aria-label': title, tabIndex: 0 } : {})}
          >
            {description !== undefined && <Radix.Description>{description}</Radix.Description>}
            {children}
          </div>
          <div className="dialog-foot">{foot}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** What one came to do: the first field, or the first button of a question, which is the harmless one. */
function focusFirstThing(event: Event): void {
  const dialog = event.target;
  if (!(dialog instanceof HTMLElement)) return;
  const first = dialog.querySelector(
    '.dialog-body input:not([disabled]), .dialog-foot button:not([disabled])',
  );
  if (!(first instanceof HTMLElement)) return;
  event.preventDefault();
  first.focus();
  // What is there already is there to be replaced.
  if (first instanceof HTMLInputElement) first.select();
}

/** At a new step: its first field, else what the step is for, else any button. */
function focusNextThing(dialog: HTMLElement | null): void {
  for (const wanted of ['.dialog-body input', '.dialog-foot .btn-primary', '.dialog-foot button']) {
    const next = dialog?.querySelector(`${wanted}:not([disabled])`);
    if (next instanceof HTMLElement) {
      next.focus();
      return;
    }
  }
}

/** Focus that got lost with what had it goes to the list. */
export function focusWhenLost(): void {
  if (document.activeElement === null || document.activeElement === document.body) focusCurrentRow();
}
