using System.CommandLine;
using Skep.Cli.Common;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;

namespace Skep.Cli.Perf;

/// <summary><c>skep perf</c>.</summary>
internal static class PerfCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json", "-j") { Description = "JSON with bpftool's keys.", Recursive = true };
        var pretty = new Option<bool>("--pretty", "-p") { Description = "JSON over several lines.", Recursive = true };
        var list = new Command("list", "Shows which process runs which program on which tracepoint, probe or counter, by which descriptor.");
        list.Aliases.Add("show");
        list.SetAction(parsed => Show(parsed.GetValue(json) || parsed.GetValue(pretty), parsed.GetValue(pretty)));
        var perf = new Command("perf", "Programs of perf events and raw tracepoints.") { list, json, pretty };
        perf.SetAction(parsed => Show(parsed.GetValue(json) || parsed.GetValue(pretty), parsed.GetValue(pretty)));
        return perf;
    }

    private static int Show(bool json, bool pretty)
    {
        if (!ProcessCapabilities.Read().CanUseBpf)
            return Talk.Error("list the programs of perf events: not permitted (run it as root, or with CAP_SYS_ADMIN)", ExitCode.NotPermitted);
        OwnerIndex owners = OwnerIndex.Read();
        if (owners.Reason is { } reason) return Talk.Error($"list the programs of perf events: {reason}", ExitCode.Failed);
        IReadOnlyList<PerfPlace> places = PerfView.Read(owners);
        if (!json)
        {
            Data.WriteText(output =>
            {
                foreach (PerfPlace place in places) PerfWriter.WriteText(output, place);
            });
            return ExitCode.Done;
        }

        Data.WriteJson(pretty, target =>
        {
            target.WriteStartArray();
            foreach (PerfPlace place in places) PerfWriter.WriteJson(target, place);
            target.WriteEndArray();
        });
        return ExitCode.Done;
    }
}
