// The page Builds: the history with the details of one build, or the editor of an open folder. The editor is a chunk of its own, loaded when it is
// first wanted.
import { FilePlus2, FolderOpen, Hammer, SquarePen } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { Link, useLocation } from 'wouter';
import { EmptyState } from '../../components/EmptyState.tsx';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { focusCurrentRow } from '../../components/Grid.tsx';
import { usePageKey } from '../../components/page-key.ts';
import { PageHead } from '../../components/PageHead.tsx';
import { PlaceAndClose } from '../../components/PlaceAndClose.tsx';
import { Split } from '../../components/Split.tsx';
import { EngineTrouble } from '../../frame/EngineTrouble.tsx';
import { pagePath } from '../../route.ts';
import { useBuildHistory, useHistoryFeed, useKeepsHistory } from '../../state/build-history.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { baseName } from '../../format/folder-name.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { en } from '../../strings/en.ts';
import { editorPath } from './build-actions.ts';
import { BuildHistory, BuildMenu } from './BuildHistory.tsx';
import { BuildPanel } from './BuildPanel.tsx';

const words = en.builds;
const Workbench = lazy(async () => ({ default: (await import('./editor/Workbench.tsx')).Workbench }));

export function BuildsPage({ id }: { readonly id: string | undefined }) {
  useHistoryFeed();
  return id === 'editor' ? (
    <Suspense fallback={<PageHead title={words.workbench.title} summary="" />}>
      <Workbench />
    </Suspense>
  ) : (
    <HistoryPage id={id} />
  );
}

function HistoryPage({ id }: { readonly id: string | undefined }) {
  const { builds, failure } = useBuildHistory();
  const keepsHistory = useKeepsHistory();
  const task = useModel((state) => (id === undefined ? undefined : state.tasks.get(id)));
  const folder = useWorkspace((state) => state.folder);
  const [, navigate] = useLocation();
  const openFolder = (): void => openDialog({ kind: 'openFolder', path: '' });
  const fromTemplate = (): void => openDialog({ kind: 'newContext' });
  usePageKey('o', openFolder);
  usePageKey('t', fromTemplate);
  const close = (): void => {
    navigate(pagePath('builds'));
    setTimeout(focusCurrentRow, 0);
  };
  const open = id !== undefined && (builds.has(id) || task !== undefined) ? id : undefined;
  const build = open === undefined ? undefined : builds.get(open);
  return (
    <>
      <PageHead title={words.list} summary={builds.size === 0 ? '' : words.summary(builds.size)}>
        {folder !== '' && (
          <Link href={editorPath} className="btn">
            <SquarePen aria-hidden />
            {words.editor}: {baseName(folder)}
          </Link>
        )}
        <button type="button" className="btn" aria-keyshortcuts="t" onClick={fromTemplate}>
          <FilePlus2 aria-hidden />
          {words.template}
          <kbd className="kbd" aria-hidden>
            t
          </kbd>
        </button>
        <button type="button" className="btn btn-primary" aria-keyshortcuts="o" onClick={openFolder}>
          <FolderOpen aria-hidden />
          {words.open}
          <kbd className="kbd kbd-on" aria-hidden>
            o
          </kbd>
        </button>
      </PageHead>
      {failure !== undefined && failure.code !== 'unavailable' && (
        <div className="px-[18px]">
          <FailureNotice title={words.failedHistory} failure={failure} />
        </div>
      )}
      {builds.size === 0 && open === undefined ? (
        <EngineTrouble>
          <EmptyState
            icon={<Hammer aria-hidden />}
            title={words.emptyTitle}
            text={keepsHistory ? words.emptyText : words.foreign}
            command={words.emptyCommand}
          />
        </EngineTrouble>
      ) : (
        <Split
          first={<BuildHistory openId={open} onClose={close} />}
          second={
            open === undefined ? undefined : (
              <BuildPanel
                key={open}
                id={open}
                actions={
                  <span className="flex flex-none items-center gap-[6px]">
                    {build !== undefined && <BuildMenu build={build} framed />}
                    <PlaceAndClose onClose={close} />
                  </span>
                }
              />
            )
          }
        />
      )}
    </>
  );
}
