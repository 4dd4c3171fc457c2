"use strict";
// Builds the function package and checks it before osls packages or deploys anything,
// refuses to talk to another place than the announced target, and says which account that is.

const { spawnSync } = require("node:child_process");
const { existsSync } = require("node:fs");
const path = require("node:path");

const { GetFunctionConfigurationCommand, LambdaClient } = require("@aws-sdk/client-lambda");

const CHANGING = ["deploy", "remove", "rollback"];

class BuildAndCheck {
  constructor(serverless, options, { log }) {
    this.serverless = serverless;
    this.options = options;
    this.log = log;
    this.aws = serverless.getProvider("aws");
    this.environment = { ...process.env };
    if (this.target() === "local") withoutProxy(process.env);
    this.hooks = {
      initialize: () => this.begin(),
      "before:package:createDeploymentArtifacts": () => this.package(),
      "before:deploy:function:packageFunction": () => this.package(),
    };
  }

  async begin() {
    // A key in what osls prints would be kept by every log of a CI. `--no-conceal` prints it.
    this.options.conceal ??= true;
    this.refuseWhatWouldHaveNoEffect();
    this.python("deploy.target", this.announced());
    const [command] = this.serverless.processedInput.commands;
    if (CHANGING.includes(command)) await this.nameTheAccount();
    if (command === "deploy") await this.refuseToDropPublishedModels();
  }

  refuseWhatWouldHaveNoEffect() {
    const { files, schedule, window } = this.serverless.service.custom.sources;
    if (schedule !== "off" && files === "off") {
      throw new this.serverless.classes.Error("--param schedule is of files: add --param files=on");
    }
    if (Number(window) > 5) {
      const message = `queue-batch-window is ${window}: for more than 5 s, VisibilityTimeout in ` +
        "deploy/serverless/queue.yml has to be six times the function's timeout and the window";
      throw new this.serverless.classes.Error(message);
    }
    const { MODEL_BUCKET: bucket, MODEL_URI: pins = "" } = process.env;
    const unreadable = pins.split(",").find((pin) => pin && !pin.startsWith(`s3://${bucket}/models/`));
    if (unreadable) {
      const message = `the function may read the models of MODEL_BUCKET (${bucket || "none"}), but ` +
        `MODEL_URI has ${unreadable}`;
      throw new this.serverless.classes.Error(message);
    }
  }

  // `make publish-model` changes the deployed function, which a deployment sets up anew.
  async refuseToDropPublishedModels() {
    if ("MODEL_URI" in process.env) return;
    const pins = await this.deployedPins();
    if (!pins) return;
    const bucket = pins.split("/")[2];
    const message = `the function serves published models. To keep them: MODEL_BUCKET=${bucket} ` +
      `MODEL_URI=${pins}; to serve what is packaged instead: MODEL_URI=`;
    throw new this.serverless.classes.Error(message);
  }

  async deployedPins() {
    const client = new LambdaClient(await this.aws.getAwsSdkV3Config());
    const { name } = this.serverless.service.getFunction("model-lambda");
    try {
      const found = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
      return found.Environment?.Variables?.MODEL_URI;
    } catch (error) {
      if (error.name === "ResourceNotFoundException") return "";
      throw error;
    }
  }

  target() {
    return process.env.TARGET || (process.env.AWS_ENDPOINT_URL ? "local" : "aws");
  }

  announced() {
    const profile = this.options["aws-profile"] || this.serverless.service.provider.profile;
    return [
      "--check-osls", "--stage", this.aws.getStage(), "--region", this.aws.getRegion(),
      ...(profile ? ["--aws-profile", profile] : []),
    ];
  }

  // osls prefers credentials in another order than other clients, and takes some that only it
  // knows (AWS_DEV_PROFILE for the stage `dev`), so osls itself asks whose they are.
  async nameTheAccount() {
    const { env } = process;
    const { accountId } = await this.aws.getAccountInfo();
    if (env.AWS_ACCOUNT && env.AWS_ACCOUNT !== accountId) {
      const message = `AWS_ACCOUNT is ${env.AWS_ACCOUNT}, but osls goes to account ${accountId}`;
      throw new this.serverless.classes.Error(message);
    }
    const profile = this.options["aws-profile"] || env.AWS_PROFILE || "none is named";
    this.log.notice(
      `account ${accountId}, region ${this.aws.getRegion()}, stage ${this.aws.getStage()}, ` +
        `profile: ${profile}`,
    );
  }

  package() {
    const { custom, provider } = this.serverless.service;
    this.python("deploy.package", [
      "--target", this.target(),
      "--python-version", provider.runtime.replace("python", ""),
      "--architecture", provider.architecture,
      "--engine", provider.environment.ENGINE,
      "--bytecode", custom.bytecode,
    ]);
  }

  python(module, args) {
    const { serviceDir } = this.serverless;
    const own = path.join(serviceDir, ".venv", "bin", "python");
    const python = process.env.PYTHON || (existsSync(own) ? own : "python3");
    const { status, stderr, error } = spawnSync(python, ["-m", module, ...args], {
      cwd: serviceDir,
      env: this.environment, // the build fetches wheels, through the proxy
      stdio: ["ignore", "inherit", "pipe"],
      encoding: "utf8",
    });
    if (status === 0) return;
    const said = (stderr || String(error || "")).trim().replace(/^error: /, "");
    throw new this.serverless.classes.Error(said || `${module} failed`);
  }
}

// osls sends requests to the loopback interface through a proxy too, and knows no NO_PROXY.
function withoutProxy(environment) {
  for (const name of Object.keys(environment)) {
    if (/^((https?|all)_)?proxy$/i.test(name)) delete environment[name];
  }
}

module.exports = BuildAndCheck;
