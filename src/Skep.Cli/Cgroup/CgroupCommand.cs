using System.CommandLine;
using Skep.Cli.Common;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;

namespace Skep.Cli.Cgroup;

/// <summary><c>skep cgroup</c>.</summary>
internal static class CgroupCommand
{
    private static readonly Option<bool> Json = new("--json", "-j") { Description = "JSON with bpftool's keys.", Recursive = true };
    private static readonly Option<bool> Pretty = new("--pretty", "-p") { Description = "JSON over several lines.", Recursive = true };

    public static Command Create()
    {
        var cgroup = new Command("cgroup", "Programs of cgroups.") { Show(), Tree(), Json, Pretty };
        cgroup.SetAction(parsed => WriteTree(parsed, [], "skep cgroup"));
        return cgroup;
    }

    private static Command Show()
    {
        var words = new Argument<string[]>("CGROUP") { Description = "The cgroup's directory, then effective for what it inherits as well.", Arity = ArgumentArity.OneOrMore };
        var show = new Command("show", "Shows the programs of a cgroup.") { words };
        show.Aliases.Add("list");
        show.SetAction(parsed =>
        {
            if (!TryRead(parsed.GetValue(words)!, out string? directory, out bool effective) || directory is null)
                return Talk.Error("give the directory of a cgroup, then nothing or effective (skep cgroup show /sys/fs/cgroup/system.slice)", ExitCode.Usage);
            if (!Directory.Exists(directory)) return Talk.Error($"show cgroup {directory}: there is no such directory", ExitCode.Failed);
            CgroupPrograms found = CgroupView.Read(directory, effective);
            if (found.Reason is { } reason) return Talk.Error($"show cgroup {directory}: {reason}", ExitCode.Failed);
            var writer = new CgroupWriter(LoadedPrograms.Find);
            if (parsed.GetValue(Json) || parsed.GetValue(Pretty))
            {
                Data.WriteJson(parsed.GetValue(Pretty), json => writer.WriteJson(json, found));
            }
            else if (found.Programs.Count > 0)
            {
                Data.WriteText(output =>
                {
                    CgroupWriter.WriteHeading(output, tree: false);
                    writer.WriteText(output, found, tree: false);
                });
            }

            return ExitCode.Done;
        });
        return show;
    }

    private static Command Tree()
    {
        var words = new Argument<string[]>("ROOT") { Description = "The directory to begin at, then effective for what is inherited as well. The whole v2 hierarchy, if none is given.", Arity = ArgumentArity.ZeroOrMore };
        var tree = new Command("tree", "Shows the programs of a cgroup and all below it.") { words };
        tree.SetAction(parsed => WriteTree(parsed, parsed.GetValue(words) ?? [], "skep cgroup tree"));
        return tree;
    }

    private static int WriteTree(ParseResult parsed, string[] words, string command)
    {
        if (!TryRead(words, out string? directory, out bool effective))
            return Talk.Error($"give nothing, or the directory of a cgroup, then nothing or effective (see {command} --help)", ExitCode.Usage);
        if ((directory ?? CgroupView.Mount) is not { } root)
            return Talk.Error("show the programs of cgroups: the v2 hierarchy is not mounted (mount -t cgroup2 none /sys/fs/cgroup)", ExitCode.NotPermitted);
        if (!Directory.Exists(root)) return Talk.Error($"show the programs of cgroups below {root}: there is no such directory", ExitCode.Failed);
        if (!ProcessCapabilities.Read().CanUseBpf)
            return Talk.Error($"show the programs of cgroups below {root}: not permitted (run it as root, or with CAP_SYS_ADMIN)", ExitCode.NotPermitted);
        var writer = new CgroupWriter(LoadedPrograms.Find);
        if (parsed.GetValue(Json) || parsed.GetValue(Pretty))
        {
            Data.WriteJson(parsed.GetValue(Pretty), json => writer.WriteJson(json, CgroupView.Tree(root, effective)));
        }
        else
        {
            Data.WriteText(output =>
            {
                CgroupWriter.WriteHeading(output, tree: true);
                foreach (CgroupPrograms cgroup in CgroupView.Tree(root, effective)) writer.WriteText(output, cgroup, tree: true);
            });
        }

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
