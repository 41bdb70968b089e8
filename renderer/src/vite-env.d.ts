// Lets a module import a style sheet for its effect.
declare module '*.css';
