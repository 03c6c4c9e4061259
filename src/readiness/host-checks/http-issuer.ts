import { Like } from "typeorm";
import { Project } from "../../projects/project.entity.js";
import { finding, type HostCheck, isDeployed, isLocal } from "../host-check.js";

export const httpIssuer: HostCheck = {
  id: "http-issuer",
  level: "ERROR",
  what: "An issuer uses http",
  why: "Secrets and tokens cross the network in the clear, and libraries refuse issuers without https (RFC 8414 section 2).",
  whatToDo:
    "Serve https by a proxy or by TLS_CERT_FILE, and set PUBLIC_URL and the issuer to https.",
  docs: "operations/custom-domains.md",
  find: async ({ config, read }) => {
    const projects = await read.find(Project, { where: { issuer: Like("http://%") }, take: 100 });
    const ofProjects = projects.flatMap(({ projectId, issuer }) =>
      issuer && !isLocal(new URL(issuer).hostname)
        ? [finding(projectId, `has the issuer ${issuer}`)]
        : [],
    );
    const isHttp = config.publicUrl.startsWith("http:") && isDeployed(config);
    return isHttp ? [finding("PUBLIC_URL", "begins with http://"), ...ofProjects] : ofProjects;
  },
};
