// The two buttons at the end of every details head: where the details stand, and the way out of them.
import { PanelBottom, PanelRight, X } from 'lucide-react';
import { placeDetails, useDetailsBeside } from '../state/layout-store.ts';
import { en } from '../strings/en.ts';
import { Tip } from './Tip.tsx';

/** Puts the details below or beside the list, and closes them. */
export function PlaceAndClose({ onClose }: { readonly onClose: () => void }) {
  const beside = useDetailsBeside();
  const place = beside ? en.details.below : en.details.beside;
  return (
    <>
      <Tip text={place}>
        <button
          type="button"
          className="btn btn-ghost btn-icon"
          aria-label={place}
          onClick={() => placeDetails(beside ? 'below' : 'beside')}
        >
          {beside ? <PanelBottom aria-hidden /> : <PanelRight aria-hidden />}
        </button>
      </Tip>
      <Tip text={en.details.close}>
        <button
          type="button"
          className="btn btn-ghost btn-icon"
          aria-label={en.details.close}
          onClick={onClose}
        >
          <X aria-hidden />
        </button>
      </Tip>
    </>
  );
}
