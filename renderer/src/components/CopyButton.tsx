// Copies a text and says that it did.
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { en } from '../strings/en.ts';
import { IconButton } from './IconButton.tsx';

export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <IconButton
      label={label}
      tip={copied ? en.common.copied : label}
      look="small"
      icon={copied ? <Check aria-hidden className="text-ok" /> : <Copy aria-hidden />}
      onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
    />
  );
}
