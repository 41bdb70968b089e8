// The way out of the details of an object, back to its list.
import { useLocation } from 'wouter';
import { pagePath, type Page } from '../route.ts';
import { focusCurrentRow } from './Grid.tsx';

/** Leaves the details for the list of this page; its current row has the keyboard then. */
export function useCloseDetails(page: Page): () => void {
  const [, navigate] = useLocation();
  return () => {
    navigate(pagePath(page));
    setTimeout(focusCurrentRow, 0);
  };
}
