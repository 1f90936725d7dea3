using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Inventory.Listing;
using Skep.Inventory.Machine;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;
using Skep.Output;

namespace Skep.Cli.Cgroup;

/// <summary><c>skep cgroup</c>.</summary>
internal static class CgroupCommand
{
    public static Command Create()
    {
        var cgroup = new SkepCommand("cgroup", "Programs of cgroups.", new(
            "docs/inventory.md",
            new("skep cgroup", "the programs of all cgroups"),
            new("skep cgroup show /sys/fs/cgroup/system.slice effective", "those that act on one, inherited ones too"),
            new("skep cgroup tree /sys/fs/cgroup/user.slice -j", "those of one and all below it, as JSON with bpftool's keys")))
        {
            Show(), Tree(),
        };
        cgroup.Prints((_, form) => PrintTree([], form, "skep cgroup"));
        return cgroup;
    }

    private static Command Show()
    {
        var words = new Argument<string[]>("CGROUP")
        {
            Description = "The cgroup's directory, then effective for what it inherits as well.", Arity = ArgumentArity.OneOrMore,
        };
        var show = new SkepCommand("show", "Lists the programs of a cgroup.", new(
            "docs/inventory.md",
            new("skep cgroup show /sys/fs/cgroup/system.slice", "programs attached to it"),
            new("skep cgroup show /sys/fs/cgroup/system.slice effective", "inherited ones too"))) { words };
        show.Aliases.Add("list");
        show.PrintsAsGroup((parsed, form) =>
        {
            if (!TryRead(parsed.GetValue(words)!, out string? directory, out bool effective) || directory is null)
            {
                return Message.Error(
                    "give the directory of a cgroup, then nothing or effective (skep cgroup show /sys/fs/cgroup/system.slice)",
                    ExitCode.Usage);
            }

            if (!Directory.Exists(directory)) return Message.Error($"show cgroup {directory}: there is no such directory", ExitCode.Failed);
            CgroupPrograms found = CgroupView.Read(directory, effective);
            if (found.Reason is { } reason) return Message.Error($"show cgroup {directory}: {reason}", ExitCode.Failed);
            var writer = new CgroupWriter(LoadedPrograms.Find, new MachineSnapshot().Types);
            if (form == OutputForm.Text && found.Programs.Count == 0) return ExitCode.Done;
            StandardOutput.Write(
                form,
                json => writer.WriteJson(json, found),
                text =>
                {
                    CgroupWriter.WriteHeading(text, tree: false);
                    writer.WriteText(text, found, tree: false);
                });
            return ExitCode.Done;
        });
        return show;
    }

    private static Command Tree()
    {
        var words = new Argument<string[]>("ROOT")
        {
            Description = "The directory to begin at, then effective for what is inherited as well. "
                + "The whole v2 hierarchy, if none is given.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var tree = new SkepCommand("tree", "Lists the programs of a cgroup and all below it.", new(
            "docs/inventory.md",
            new("skep cgroup tree", "the programs of all cgroups"),
            new("skep cgroup tree /sys/fs/cgroup/user.slice -j", "of one and all below it, as JSON with bpftool's keys"))) { words };
        tree.PrintsAsGroup((parsed, form) => PrintTree(parsed.GetValue(words) ?? [], form, "skep cgroup tree"));
        return tree;
    }

    private static int PrintTree(string[] words, OutputForm form, string command)
    {
        if (!TryRead(words, out string? directory, out bool effective))
        {
            return Message.Error(
                $"give nothing, or the directory of a cgroup, then nothing or effective (see {command} --help)", ExitCode.Usage);
        }

        if ((directory ?? CgroupView.Mount) is not { } root)
        {
            return Message.Error(
                "show the programs of cgroups: the v2 hierarchy is not mounted (mount -t cgroup2 none /sys/fs/cgroup)",
                ExitCode.NotPermitted);
        }

        string what = $"show the programs of cgroups below {root}";
        if (!Directory.Exists(root)) return Message.Error($"{what}: there is no such directory", ExitCode.Failed);
        if (!ProcessCapabilities.Read().CanUseBpf)
            return Message.Error($"{what}: not permitted (run it as root, or with CAP_SYS_ADMIN)", ExitCode.NotPermitted);
        var writer = new CgroupWriter(LoadedPrograms.Find, new MachineSnapshot().Types);
        StandardOutput.Write(
            form,
            json => writer.WriteJson(json, CgroupView.Tree(root, effective)),
            text =>
            {
                CgroupWriter.WriteHeading(text, tree: true);
                foreach (CgroupPrograms cgroup in CgroupView.Tree(root, effective)) writer.WriteText(text, cgroup, tree: true);
            });
        return ExitCode.Done;
    }

    private static bool TryRead(string[] words, out string? directory, out bool effective)
    {
        effective = words is [.., "effective"];
        string[] rest = effective ? words[..^1] : words;
        directory = rest.Length == 0 ? null : rest[0].Length > 1 ? rest[0].TrimEnd('/') : rest[0];
        return rest.Length <= 1;
    }
}
