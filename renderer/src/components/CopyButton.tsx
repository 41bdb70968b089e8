// Copies a text and says that it did.
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { en } from '../strings/en.ts';
import { Tip } from './Tip.tsx';

export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <Tip text={copied ? en.common.copied : label}>
      <button
        type="button"
        className="btn btn-ghost btn-icon h-6 w-6"
        aria-label={label}
        onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
      >
        {copied ? <Check aria-hidden className="text-ok" /> : <Copy aria-hidden />}
      </button>
    </Tip>
  );
}
