// The two buttons at the end of every details head: where the details stand, and the way out of them.
import { PanelBottom, PanelRight, X } from 'lucide-react';
import { placeDetails, useDetailsBeside } from '../state/layout-store.ts';
import { en } from '../strings/en.ts';
import { IconButton } from './IconButton.tsx';

/** Puts the details below or beside the list, and closes them. */
export function PlaceAndClose({ onClose }: { readonly onClose: () => void }) {
  const beside = useDetailsBeside();
  const place = beside ? en.details.below : en.details.beside;
  return (
    <>
      <IconButton
        label={place}
        icon={beside ? <PanelBottom aria-hidden /> : <PanelRight aria-hidden />}
        onClick={() => placeDetails(beside ? 'below' : 'beside')}
      />
      <IconButton label={en.details.close} icon={<X aria-hidden />} onClick={onClose} />
    </>
  );
}
