"use strict";
// Lets the API's stage show the deployment, which osls writes under a name of its own each time.
// A deployment is a snapshot, so it waits for the gateway's answers. It must not make the stage:
// what osls lets wait for the deployment waits for the stage instead.

class ApiDeployment {
  constructor(serverless) {
    this.hooks = { "after:package:compileEvents": () => complete(serverless.service) };
  }
}

function complete({ provider, resources }) {
  const { Resources: compiled, Outputs: outputs } = provider.compiledCloudFormationTemplate;
  const [stage] = named(resources.Resources, "AWS::ApiGateway::Stage");
  const [deployment] = named(compiled, "AWS::ApiGateway::Deployment");
  const answers = named(resources.Resources, "AWS::ApiGateway::GatewayResponse");
  compiled[deployment].DependsOn.push(...answers);
  delete compiled[deployment].Properties.StageName;
  resources.Resources[stage].Properties.DeploymentId = { Ref: deployment };
  for (const resource of Object.values(compiled)) {
    if (resource.DependsOn === deployment) resource.DependsOn = stage;
  }
  const address = outputs.ServiceEndpoint.Value["Fn::Join"][1];
  address.splice(-1, 1, "/", { Ref: stage });
}

function named(resources, type) {
  return Object.keys(resources).filter((name) => resources[name].Type === type);
}

module.exports = ApiDeployment;
