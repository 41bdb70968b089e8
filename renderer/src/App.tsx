// The window: header, rail, the page the address names, status strip, and what lies above them all.
import type { ReactNode } from 'react';
import { Router, useLocation } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { TipLayer } from './components/TipLayer.tsx';
import { Dialogs } from './frame/Dialogs.tsx';
import { useShortcutKey } from './frame/FrameDialogs.tsx';
import { Header } from './frame/Header.tsx';
import { Palette } from './frame/palette/Palette.tsx';
import { Rail } from './frame/Rail.tsx';
import { SessionEnded } from './frame/SessionEnded.tsx';
import { StatusStrip } from './frame/StatusStrip.tsx';
import { Toasts } from './frame/Toasts.tsx';
import { BuildsPage } from './pages/builds/BuildsPage.tsx';
import { ContainersPage } from './pages/containers/ContainersPage.tsx';
import { ImagesPage } from './pages/images/ImagesPage.tsx';
import { MergedLogsPage } from './pages/logs/MergedLogsPage.tsx';
import { NetworksPage } from './pages/networks/NetworksPage.tsx';
import { SettingsPage } from './pages/settings/SettingsPage.tsx';
import { VolumesPage } from './pages/volumes/VolumesPage.tsx';
import { routeOf, type Route } from './route.ts';
import { useConnection } from './transport/connection.ts';

export function App() {
  const ended = useConnection((state) => state.state === 'ended');
  return (
    <Router hook={useHashLocation}>
      {ended ? <SessionEnded /> : <Window />}
      <TipLayer />
    </Router>
  );
}

function Window() {
  const [path] = useLocation();
  const route = routeOf(path);
  useShortcutKey();
  return (
    <>
      <div className="grid h-full grid-cols-[var(--rail)_minmax(0,1fr)] grid-rows-[48px_minmax(0,1fr)_28px]">
        <Header />
        <Rail page={route.page === 'logs' ? 'containers' : route.page} />
        <main className="flex min-h-0 min-w-0 flex-col">{pageOf(route)}</main>
        <StatusStrip />
      </div>
      <Dialogs />
      <Palette />
      <Toasts />
    </>
  );
}

function pageOf(route: Route): ReactNode {
  switch (route.page) {
    case 'containers':
      return <ContainersPage id={route.id} tab={route.tab} />;
    case 'images':
      return <ImagesPage id={route.id} tab={route.tab} />;
    case 'volumes':
      return <VolumesPage id={route.id} tab={route.tab} />;
    case 'networks':
      return <NetworksPage id={route.id} tab={route.tab} />;
    case 'builds':
      return <BuildsPage id={route.id} />;
    case 'logs':
      return <MergedLogsPage ids={route.ids} />;
    case 'settings':
      return <SettingsPage section={route.section} />;
  }
}
