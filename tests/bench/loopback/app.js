// LoopBack 3 on the folder that peers.py wrote for the tenant beside it: the same JSON files, its own database.
//   node app.js FOLDER SOCKET
const fs = require('fs');
const path = require('path');
const boot = require('loopback-boot');
const loopback = require('loopback');

const [folder, socket] = process.argv.slice(2);
process.chdir(folder); // the connector takes `file` from here
const app = loopback();

boot(app, {appRootDir: folder, modelSources: ['./models']}, async error => {
  if (error) throw error;
  app.enableAuth();
  app.use('/api', loopback.rest());
  await app.dataSources.db.automigrate(); // autoupdate makes no tables in an empty file
  app.listen(socket, () => fs.writeFileSync(path.join(folder, 'ready'), ''));
});
