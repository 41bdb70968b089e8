// Settings: how every log begins. The bar above a log changes the same choices.
import { Segmented } from '../../components/Segmented.tsx';
import { timeDisplays, useLogView } from '../../logs/log-view-store.ts';
import { en } from '../../strings/en.ts';
import { SettingRow, SettingSwitch } from './SettingRow.tsx';

const words = en.settings;

export function LogSettings() {
  const time = useLogView((state) => state.time);
  const wrap = useLogView((state) => state.wrap);
  return (
    <>
      <SettingRow title={words.logTime} note={words.logTimeNote}>
        <Segmented
          label={words.logTime}
          value={time}
          onChoose={(value) => useLogView.setState({ time: value })}
          options={timeDisplays.map((one) => ({ value: one, text: words.logTimes[one] }))}
        />
      </SettingRow>
      <SettingSwitch
        title={words.logWrap}
        note={words.logWrapNote}
        on={wrap}
        onChange={(on) => useLogView.setState({ wrap: on })}
      />
    </>
  );
}
