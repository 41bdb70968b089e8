// The page Builds: the history with the details of one build, or the editor of an open folder. The editor is a chunk of its own, loaded when it is
// first wanted.
import { BrushCleaning, FilePlus2, FolderOpen, Hammer, SquarePen } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { Link } from 'wouter';
import { EmptyState } from '../../components/EmptyState.tsx';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { PageButton } from '../../components/PageButton.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { PlaceAndClose } from '../../components/PlaceAndClose.tsx';
import { Split } from '../../components/Split.tsx';
import { useCloseDetails } from '../../components/use-close-details.ts';
import { EngineTrouble } from '../../frame/EngineTrouble.tsx';
import { useBuildHistory, useHistoryFeed, useKeepsHistory } from '../../state/build-history.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { baseName } from '../../format/folder-name.ts';
import { isUnsaved, useWorkspace } from '../../state/workspace.ts';
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
  const unsaved = useWorkspace(isUnsaved);
  const openFolder = (): void => openDialog({ kind: 'openFolder', path: '' });
  const fromTemplate = (): void => openDialog({ kind: 'newContext' });
  const close = useCloseDetails('builds');
  const open = id !== undefined && (builds.has(id) || task !== undefined) ? id : undefined;
  const build = open === undefined ? undefined : builds.get(open);
  return (
    <>
      <PageHead title={words.list} summary={builds.size === 0 ? '' : words.summary(builds.size)}>
        {folder !== '' && (
          <Link href={editorPath} className="btn">
            <SquarePen aria-hidden />
            {words.editor}: {baseName(folder)}
            {unsaved && <span className="text-ink-3">· {words.workbench.unsaved}</span>}
          </Link>
        )}
        <button type="button" className="btn" onClick={() => openDialog({ kind: 'pruneCache' })}>
          <BrushCleaning aria-hidden />
          {words.cache.prune}
        </button>
        <PageButton
          letter="t"
          icon={<FilePlus2 aria-hidden />}
          text={words.template}
          onClick={fromTemplate}
        />
        <PageButton
          primary
          letter="o"
          icon={<FolderOpen aria-hidden />}
          text={words.open}
          onClick={openFolder}
        />
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
