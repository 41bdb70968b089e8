// How many containers use an image, a volume or a network.
import { en } from '../strings/en.ts';

export function UseBadge({ containers }: { readonly containers: number }) {
  return (
    <span className={`badge ${containers > 0 ? 'badge-done' : ''}`}>
      {containers > 0 ? en.objects.usedBy(containers) : en.objects.unused}
    </span>
  );
}
