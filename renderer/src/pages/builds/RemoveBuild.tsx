// Asks before a build goes out of the history.
import { Trash2 } from 'lucide-react';
import { useLocation } from 'wouter';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { inert } from '../../format/inert.ts';
import { pagePath } from '../../route.ts';
import { useBuildHistory } from '../../state/build-history.ts';
import { en } from '../../strings/en.ts';
import { openClient } from '../../transport/connection.ts';
import { buildName } from './build-text.ts';

const words = en.builds;

export function RemoveBuild({ id }: { readonly id: string }) {
  const build = useBuildHistory((state) => state.builds.get(id));
  const [path, navigate] = useLocation();
  return (
    <ConfirmDialog
      title={words.removeTitle(inert(build === undefined ? id : buildName(build)))}
      text={words.removeText}
      confirm={words.removeConfirm}
      icon={<Trash2 aria-hidden />}
      failedTitle={words.removeFailed}
      onConfirm={async () => {
        await openClient().call('builds.remove', { id });
        if (path === pagePath('builds', id)) navigate(pagePath('builds'));
      }}
    />
  );
}
