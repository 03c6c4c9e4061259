import { Project } from "../../projects/project.entity.js";
import { type HostCheck, observed } from "../host-check.js";

export const domainUnreachable: HostCheck = {
  id: "domain-unreachable",
  level: "ERROR",
  what: "An issuer cannot be used from outside",
  why: "Services that verify tokens do not find the issuer's metadata or keys.",
  whatToDo: "Follow the guide to custom domains from the DNS to the proxy.",
  docs: "operations/custom-domains.md#see-whether-it-works",
  find: async (context) => {
    const { read, config } = context;
    const found = await Promise.all(
      observed("DOMAIN_PROBLEM")(context).map(async (problem) => {
        const project = await read.findOneBy(Project, { issuer: problem.subject });
        if (project) return [{ ...problem, projectId: project.projectId }];
        // Otherwise it is the issuer of a project that has changed it since.
        return problem.subject.startsWith(`${config.publicUrl}/projects/`) ? [problem] : [];
      }),
    );
    return found.flat();
  },
};
