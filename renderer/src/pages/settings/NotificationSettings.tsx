// Settings: what is worth a message. Failures of what one did oneself are always told.
import { prefer, usePreferences } from '../../state/preferences-store.ts';
import { en } from '../../strings/en.ts';
import { SettingSwitch } from './SettingRow.tsx';

const words = en.settings;

export function NotificationSettings() {
  const { tellTasks, tellContainers } = usePreferences();
  return (
    <>
      <SettingSwitch
        title={words.tellTasks}
        note={words.tellTasksNote}
        on={tellTasks}
        onChange={(on) => prefer({ tellTasks: on })}
      />
      <SettingSwitch
        title={words.tellContainers}
        note={words.tellContainersNote}
        on={tellContainers}
        onChange={(on) => prefer({ tellContainers: on })}
      />
      <p className="mt-3 text-ink-3">{words.tellAlways}</p>
    </>
  );
}
