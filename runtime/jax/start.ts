import '../backends/start.js';
