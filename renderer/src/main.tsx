// Starts the UI in a browser: takes the token from the address, puts the theme on the page, draws, and connects.
import './transport/zod-without-eval.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { startForgettingActions } from './state/container-actions.ts';
import { startTheme } from './state/theme-store.ts';
import './styles/main.css';
import { startTerminalUpkeep } from './terminal/terminal-sessions.ts';
import { startConnection } from './transport/connection.ts';
import { inShell, openShellPort } from './transport/shell-port.ts';
import { exchangeToken, openSessionPort, takeToken } from './transport/session.ts';

let token = takeToken();
startTheme();
startForgettingActions();
startTerminalUpkeep();

startConnection(async () => {
  if (inShell()) return openShellPort();
  if (token !== undefined) {
    await exchangeToken(token);
    token = undefined;
  }
  return openSessionPort();
});

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
