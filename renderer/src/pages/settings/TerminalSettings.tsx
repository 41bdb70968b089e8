// Settings: the size of the terminal's letters, and how far one can scroll back.
import { Minus, Plus } from 'lucide-react';
import { useId } from 'react';
import { Segmented } from '../../components/Segmented.tsx';
import { formatCount, formatDecimal } from '../../format/number.ts';
import { prefer, scrollbackChoices, terminalFontPx, usePreferences } from '../../state/preferences-store.ts';
import { en } from '../../strings/en.ts';
import { SettingRow } from './SettingRow.tsx';

const words = en.settings;

export function TerminalSettings() {
  const font = usePreferences((state) => state.terminalFontPx);
  const scrollback = usePreferences((state) => state.terminalScrollbackLines);
  const sizeId = useId();
  const step = (by: number): void => {
    const next = Math.round((font + by) * 2) / 2;
    prefer({ terminalFontPx: Math.min(terminalFontPx.most, Math.max(terminalFontPx.least, next)) });
  };
  return (
    <>
      <SettingRow title={words.fontSize} note={words.fontSizeNote}>
        <div className="flex items-center gap-1" role="group" aria-label={words.fontSize}>
          <button
            type="button"
            className="btn btn-icon h-[30px] w-[30px]"
            aria-label={words.smaller}
            disabled={font <= terminalFontPx.least}
            onClick={() => step(-0.5)}
          >
            <Minus aria-hidden />
          </button>
          <output id={sizeId} className="w-[64px] text-center tabular-nums" aria-live="polite">
            {words.px(formatDecimal(font))}
          </output>
          <button
            type="button"
            className="btn btn-icon h-[30px] w-[30px]"
            aria-label={words.bigger}
            disabled={font >= terminalFontPx.most}
            onClick={() => step(0.5)}
          >
            <Plus aria-hidden />
          </button>
        </div>
      </SettingRow>
      <pre className="terminal-sample" style={{ fontSize: `${font}px` }} aria-hidden>
        {words.terminalSample}
      </pre>
      <SettingRow title={words.scrollback} note={words.scrollbackNote}>
        <Segmented
          label={words.scrollback}
          value={String(scrollback)}
          onChoose={(value) => prefer({ terminalScrollbackLines: Number(value) })}
          options={scrollbackChoices.map((lines) => ({ value: String(lines), text: formatCount(lines) }))}
        />
      </SettingRow>
    </>
  );
}
