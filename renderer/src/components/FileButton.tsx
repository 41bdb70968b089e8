// A button that asks for files of this computer.
import { useRef, type ReactNode } from 'react';

interface FileButtonProps {
  readonly icon: ReactNode;
  readonly text: string;
  readonly multiple?: boolean;
  readonly small?: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}

/** A button that asks for files of this computer. */
export function FileButton({ icon, text, multiple, small, onFiles }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        className={`btn ${small === true ? 'h-[28px] text-sm' : ''}`}
        onClick={() => input.current?.click()}
      >
        {icon}
        {text}
      </button>
      <input
        ref={input}
        type="file"
        className="hidden"
        multiple={multiple === true}
        aria-label={text}
        tabIndex={-1}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          // The same file may be chosen again.
          event.target.value = '';
        }}
      />
    </>
  );
}
