// The open folder: its files, the editor with its problems, and the build beside it.
import {
  FilePlus2,
  FolderOpen,
  FolderPlus,
  Hammer,
  History,
  RotateCw,
  Save,
  SlidersHorizontal,
  X,
} from 'lucide-react';
import { useDeferredValue, useEffect, useMemo, useRef, useState, type Ref } from 'react';
import { Link } from 'wouter';
import { EmptyState } from '../../../components/EmptyState.tsx';
import { FailureNotice } from '../../../components/FailureNotice.tsx';
import { chordText, useChord } from '../../../components/page-key.ts';
import { PageHead } from '../../../components/PageHead.tsx';
import { Split } from '../../../components/Split.tsx';
import { IconButton } from '../../../components/IconButton.tsx';
import { Tip } from '../../../components/Tip.tsx';
import { inert } from '../../../format/inert.ts';
import { formatSize } from '../../../format/number.ts';
import { pagePath } from '../../../route.ts';
import { useBuildHistory } from '../../../state/build-history.ts';
import { openDialog } from '../../../state/dialog-store.ts';
import { useModel } from '../../../state/model-store.ts';
import { baseName } from '../../../format/folder-name.ts';
import {
  beginFile,
  buildFolder,
  closeBuild,
  folderChanged,
  isUnsaved,
  openFile,
  reloadFile,
  saveFile,
  typeText,
  useWorkspace,
} from '../../../state/workspace.ts';
import { en } from '../../../strings/en.ts';
import { openClient } from '../../../transport/connection.ts';
import { BuildPanel } from '../BuildPanel.tsx';
import { templates } from '../templates.ts';
import { CodeEditor, type EditorHandle, type FailedLines } from './CodeEditor.tsx';
import { ContextTree } from './ContextTree.tsx';
import { ignoreProblemsOf, problemsOf, type Problem } from './dockerfile-problems.ts';

const words = en.builds.workbench;

export function Workbench() {
  const { folder, dockerfile, file, buildId, buildFailure } = useWorkspace();
  const editor = useRef<EditorHandle>(null);
  useChord('s', () => void saveFile());
  useChord('enter', () => void buildFolder());
  const goTo = (line: number): void => {
    void openFile(dockerfile).then(() => requestAnimationFrame(() => editor.current?.goTo(line, 1)));
  };
  return (
    <>
      <PageHead
        title={words.title}
        summary={
          folder === ''
            ? ''
            : inert(
                `${baseName(folder)} / ${file?.path ?? ''}${isUnsaved({ file }) ? ` · ${words.unsaved}` : ''}`,
              )
        }
      >
        <Link href={pagePath('builds')} className="btn">
          <History aria-hidden />
          {en.builds.history}
        </Link>
        <IconButton
          look="framed"
          label={en.builds.open}
          icon={<FolderOpen aria-hidden />}
          onClick={() => openDialog({ kind: 'openFolder', path: '' })}
        />
        {folder !== '' && (
          <>
            <Tip text={`${words.save} (${chordText('S')})`}>
              <button
                type="button"
                className="btn btn-icon h-[30px] w-[30px]"
                aria-label={words.save}
                aria-keyshortcuts="Control+S"
                disabled={!isUnsaved({ file })}
                onClick={() => void saveFile()}
              >
                <Save aria-hidden />
              </button>
            </Tip>
            <button type="button" className="btn" onClick={() => openDialog({ kind: 'buildOptions' })}>
              <SlidersHorizontal aria-hidden />
              {words.options}
            </button>
            <button
              type="button"
              className="btn btn-primary"
              aria-keyshortcuts="Control+Enter"
              disabled={dockerfile === ''}
              onClick={() => void buildFolder()}
            >
              <Hammer aria-hidden />
              {words.build}
              <kbd className="kbd kbd-on" aria-hidden>
                {chordText('↵')}
              </kbd>
            </button>
          </>
        )}
      </PageHead>
      {folder === '' ? (
        <NoFolder />
      ) : (
        <Split
          work
          first={<Folder editor={editor} />}
          second={
            buildId !== undefined ? (
              <BuildPanel
                key={buildId}
                id={buildId}
                onLine={goTo}
                actions={
                  <IconButton label={words.closeBuild} icon={<X aria-hidden />} onClick={closeBuild} />
                }
              />
            ) : buildFailure !== undefined ? (
              <div className="px-[18px]">
                <FailureNotice title={words.buildFailed} failure={buildFailure} />
              </div>
            ) : undefined
          }
        />
      )}
    </>
  );
}

function NoFolder() {
  return (
    <EmptyState
      icon={<Hammer aria-hidden />}
      title={words.noFolder}
      text={words.noFolderText}
      action={
        <span className="flex gap-2">
          <button type="button" className="btn" onClick={() => openDialog({ kind: 'newContext' })}>
            <FilePlus2 aria-hidden />
            {en.builds.template}
          </button>
          <button
            type="button"
            className="btn btn-primary"
            onClick={() => openDialog({ kind: 'openFolder', path: '' })}
          >
            <FolderOpen aria-hidden />
            {en.builds.open}
          </button>
        </span>
      }
    />
  );
}

function Folder({
  editor,
}: {
  readonly editor: Ref<EditorHandle> & { readonly current: EditorHandle | null };
}) {
  return (
    <div className="grid min-h-0 flex-1 grid-cols-[190px_minmax(0,1fr)] border-t border-line">
      <div className="flex min-h-0 flex-col border-r border-line px-2">
        <TreeHead />
        <ContextTree />
        <ContextSize />
      </div>
      <FilePane editor={editor} />
    </div>
  );
}

function TreeHead() {
  const folder = useWorkspace((state) => state.folder);
  return (
    <div className="flex h-9 flex-none items-center gap-1 pl-2">
      <span className="min-w-0 flex-1 truncate font-[600]" title={inert(folder)}>
        {inert(baseName(folder))}
      </span>
      <IconButton
        look="small"
        label={words.newFile}
        icon={<FilePlus2 aria-hidden />}
        onClick={() => openDialog({ kind: 'newContextEntry', parent: '', what: 'file' })}
      />
      <IconButton
        look="small"
        label={words.newFolder}
        icon={<FolderPlus aria-hidden />}
        onClick={() => openDialog({ kind: 'newContextEntry', parent: '', what: 'folder' })}
      />
      <IconButton
        look="small"
        label={words.refresh}
        icon={<RotateCw aria-hidden />}
        onClick={() => void folderChanged()}
      />
    </div>
  );
}

/** How much is sent and how much is not. */
function ContextSize() {
  const { folder, dockerfile, filesVersion } = useWorkspace();
  const [text, setText] = useState('');
  useEffect(() => {
    let wanted = true;
    const name = dockerfile === '' ? 'Dockerfile' : dockerfile;
    openClient()
      .call('contexts.measure', { folder, dockerfile: name })
      .then(
        ({ files, sizeBytes, ignoredFiles, ignoredBytes, complete }) => {
          const sent = words.context(files, formatSize(sizeBytes));
          const lines = [
            complete ? sent : words.atLeast(sent),
            ...(ignoredFiles === 0 ? [] : [words.contextIgnored(ignoredFiles, formatSize(ignoredBytes))]),
          ];
          if (wanted) setText(lines.join('\n'));
        },
        () => wanted && setText(''),
      );
    return () => void (wanted = false);
  }, [folder, dockerfile, filesVersion]);
  return <p className="flex-none px-2 py-2 text-sm whitespace-pre-line text-ink-3 tabular-nums">{text}</p>;
}

function FilePane({
  editor,
}: {
  readonly editor: Ref<EditorHandle> & { readonly current: EditorHandle | null };
}) {
  const { file, fileFailure, saveFailure, dockerfile, dockerfiles, ignoreText, filesVersion, folder } =
    useWorkspace();
  const images = useModel((state) => state.images);
  const isDockerfile = file !== undefined && dockerfiles.includes(file.path);
  const text = useDeferredValue(file?.text ?? '');
  const isIgnoreFile = file?.path.endsWith('.dockerignore') === true;
  const problems = useMemo(
    () => (isDockerfile ? problemsOf(text, ignoreText) : isIgnoreFile ? ignoreProblemsOf(text) : []),
    [isDockerfile, isIgnoreFile, text, ignoreText],
  );
  const files = useTopFiles(folder, filesVersion);
  const around = useMemo(
    () => ({ images: [...images.values()].flatMap(({ tags }) => tags).sort(), files }),
    [images, files],
  );
  const failed = useFailedLines();
  if (file === undefined) {
    return (
      <div className="min-w-0 px-[18px] py-3">
        {fileFailure !== undefined && <FailureNotice title={words.readFailed} failure={fileFailure} />}
        {fileFailure === undefined && dockerfile !== '' && (
          <p className="text-ink-3">{words.openFileFirst}</p>
        )}
        {dockerfile === '' && (
          <p className="text-ink-2">
            {words.noDockerfile}{' '}
            <button
              type="button"
              className="link"
              onClick={() => beginFile('Dockerfile', templates.empty.Dockerfile)}
            >
              {words.addDockerfile}
            </button>
          </p>
        )}
      </div>
    );
  }
  return (
    <div className="flex min-h-0 min-w-0 flex-col">
      {saveFailure !== undefined && (
        <div className="flex-none px-3 pb-2">
          <FailureNotice title={words.saveFailed} failure={saveFailure} />
          {saveFailure.code === 'conflict' && (
            <p className="mt-2 flex flex-wrap items-center gap-2">
              {words.conflict}
              <button type="button" className="btn" onClick={() => void saveFile(true)}>
                {words.overwrite}
              </button>
              <button type="button" className="btn" onClick={() => void reloadFile()}>
                {words.reload}
              </button>
            </p>
          )}
        </div>
      )}
      <CodeEditor
        key={`${folder}/${file.path}`}
        ref={editor}
        label={words.editor(file.path)}
        text={file.text}
        isDockerfile={isDockerfile}
        problems={problems}
        failed={isDockerfile && file.path === dockerfile ? failed : undefined}
        around={around}
        onChange={typeText}
      />
      <Problems
        isDockerfile={isDockerfile}
        problems={problems}
        onGo={(line, column) => editor.current?.goTo(line, column)}
      />
    </div>
  );
}

/** What of the top of the folder can be copied. */
function useTopFiles(folder: string, version: number): readonly string[] {
  const dockerfile = useWorkspace((state) => state.dockerfile);
  const [files, setFiles] = useState<readonly string[]>([]);
  useEffect(() => {
    let wanted = true;
    openClient()
      .call('contexts.list', { folder, path: '', dockerfile: dockerfile === '' ? 'Dockerfile' : dockerfile })
      .then(
        ({ entries }) =>
          wanted && setFiles(entries.filter(({ ignored }) => !ignored).map(({ name }) => name)),
        () => undefined,
      );
    return () => void (wanted = false);
  }, [folder, dockerfile, version]);
  return files;
}

/** Where the build that is shown failed, as long as the Dockerfile is the one that it had. */
function useFailedLines(): FailedLines | undefined {
  const buildId = useWorkspace((state) => state.buildId);
  const error = useBuildHistory((state) => {
    const build = buildId === undefined ? undefined : state.builds.get(buildId);
    return build?.state === 'failed' ? build.error : undefined;
  });
  return useMemo(() => {
    if (error === null || error === undefined || error.range === null) return undefined;
    const { startLine, endLine } = error.range;
    const message = error.hint === '' ? error.message : `${error.message}\n${error.hint}`;
    return { startLine, endLine, message };
  }, [error]);
}

interface ProblemsProps {
  readonly isDockerfile: boolean;
  readonly problems: readonly Problem[];
  readonly onGo: (line: number, column: number) => void;
}

/** The problems as sentences: with the keyboard and for screen readers as good as in the text. */
function Problems({ isDockerfile, problems, onGo }: ProblemsProps) {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return (
    <div className="problems flex-none border-t border-line">
      <div className="flex h-7 items-center gap-4 px-3 text-sm text-ink-3">
        <p className="flex flex-none items-center gap-2" role="status">
          {problems.length === 0 ? (
            words.noProblems
          ) : (
            <>
              <span className={`mark ${errors > 0 ? 'mark-failed' : 'mark-warning'}`} aria-hidden />
              {words.problemCount(problems.length)}
            </>
          )}
        </p>
        {isDockerfile && (
          <span className="min-w-0 flex-1 truncate text-right" title={words.editorKeys}>
            {words.editorKeys}
          </span>
        )}
      </div>
      {problems.length > 0 && (
        <ul aria-label={words.problems} className="max-h-[104px] overflow-auto pb-1">
          {problems.map(({ severity, message, rule, range }, index) => (
            // Two problems may be the same at the same place.
            <li key={index}>
              <button
                type="button"
                className="problem-line"
                onClick={() => onGo(range.startLine, range.startColumn)}
              >
                <span
                  className={`mark ${severity === 'error' ? 'mark-failed' : 'mark-warning'}`}
                  aria-hidden
                />
                <span className="min-w-0 flex-1 truncate text-left" title={inert(message)}>
                  {inert(message)}
                </span>
                <span className="problem-rule flex-none text-ink-3">
                  {rule === '' ? words.cannotBuild : rule}
                </span>
                <span className="flex-none text-ink-3 tabular-nums">
                  {words.place(range.startLine, range.startColumn)}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
