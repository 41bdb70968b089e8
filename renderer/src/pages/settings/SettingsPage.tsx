// The page Settings: sections at the left, each an address of its own. What is chosen applies at once and is remembered.
import {
  Bell,
  Cpu,
  Info,
  Keyboard,
  KeyRound,
  Palette,
  ScrollText,
  SquareTerminal,
  type LucideIcon,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { PageHead } from '../../components/PageHead.tsx';
import { ShortcutList } from '../../frame/ShortcutList.tsx';
import { settingsPath, settingsSections, type SettingsSection } from '../../route.ts';
import { en } from '../../strings/en.ts';
import { AboutSettings } from './AboutSettings.tsx';
import { AppearanceSettings } from './AppearanceSettings.tsx';
import { EngineSettings } from './EngineSettings.tsx';
import { LogSettings } from './LogSettings.tsx';
import { NotificationSettings } from './NotificationSettings.tsx';
import { RegistrySettings } from './RegistrySettings.tsx';
import { TerminalSettings } from './TerminalSettings.tsx';

const icons: Readonly<Record<SettingsSection, LucideIcon>> = {
  appearance: Palette,
  terminal: SquareTerminal,
  logs: ScrollText,
  notifications: Bell,
  engine: Cpu,
  registries: KeyRound,
  keyboard: Keyboard,
  about: Info,
};

export function SettingsPage({ section }: { readonly section: SettingsSection }) {
  return (
    <>
      <PageHead title={en.rail.settings} summary={en.settings.summary} />
      <div className="settings">
        <nav aria-label={en.settings.label} className="settings-nav">
          {settingsSections.map((one) => {
            const Icon = icons[one];
            return (
              <Link
                key={one}
                href={settingsPath(one)}
                className="rail-link"
                aria-current={one === section ? 'page' : undefined}
              >
                <Icon aria-hidden />
                {en.settings.sections[one]}
              </Link>
            );
          })}
        </nav>
        <section
          aria-label={en.settings.sections[section]}
          className="min-h-0 overflow-auto px-[18px] pb-8"
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
          tabIndex={0}
        >
          <div className="max-w-[760px]">
            <h2 className="mb-2 text-lg font-[620]">{en.settings.sections[section]}</h2>
            {contentOf(section)}
          </div>
        </section>
      </div>
    </>
  );
}

function contentOf(section: SettingsSection): ReactNode {
  switch (section) {
    case 'appearance':
      return <AppearanceSettings />;
    case 'terminal':
      return <TerminalSettings />;
    case 'logs':
      return <LogSettings />;
    case 'notifications':
      return <NotificationSettings />;
    case 'engine':
      return <EngineSettings />;
    case 'registries':
      return <RegistrySettings />;
    case 'keyboard':
      return <ShortcutList />;
    case 'about':
      return <AboutSettings />;
  }
}
