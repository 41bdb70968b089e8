// Settings: what Berth is, and where its things are said.
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { inert } from '../../format/inert.ts';

const words = en.settings;

export function AboutSettings() {
  const engine = useModel((state) => state.engine);
  return (
    <>
      <p className="text-ink-2">{words.aboutText}</p>
      <dl className="facts mt-4">
        <dt>{words.product}</dt>
        <dd>
          {engine === undefined || engine.product === ''
            ? en.common.none
            : en.engine.about(inert(engine.product), inert(engine.version))}
        </dd>
        <dt>{words.licence}</dt>
        <dd>{words.licenceName}</dd>
        <dt>{words.kept}</dt>
        <dd>{words.keptText}</dd>
      </dl>
    </>
  );
}
