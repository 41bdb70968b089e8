// The networks that are selected. One selection for the page: it is still there when one comes back.
import { RowSelection } from '../../components/row-selection.ts';

export const networkSelection = new RowSelection();
