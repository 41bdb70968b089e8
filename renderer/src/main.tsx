// Starts the UI: puts the theme on the page, draws, and connects, in the desktop shell by its port, in a browser by the
// session that the start link's token buys.
import './transport/zod-without-eval.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { startForgettingActions } from './state/container-actions.ts';
import { startNotices } from './state/notices.ts';
import { startStats } from './state/stats-feed.ts';
import { startTheme } from './state/theme-store.ts';
import './styles/main.css';
import { startConnection } from './transport/connection.ts';
import { exchangeToken, openSessionPort, takeToken } from './transport/session.ts';
import { inShell, openShellPort } from './transport/shell-port.ts';

let token = takeToken();

async function openBrowserPort() {
  if (token !== undefined) {
    await exchangeToken(token);
    token = undefined;
  }
  return openSessionPort();
}

startTheme();
startForgettingActions();
startStats();
startNotices();
startConnection(inShell() ? openShellPort : openBrowserPort);

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
