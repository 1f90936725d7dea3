using System.CommandLine;
using Skep.Analysis.Dump;
using Skep.Cli.Common;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;

namespace Skep.Cli.Prog;

/// <summary><c>skep prog classic</c>.</summary>
internal static class ProgClassicCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json", "-j") { Description = "JSON." };
        var pretty = new Option<bool>("--pretty", "-p") { Description = "JSON over several lines." };
        var classic = new Command("classic", "Lists classic programs, which have no ids: filters of sockets, and seccomp filters by process.") { json, pretty };
        classic.SetAction(parsed =>
        {
            if (!ProcessCapabilities.Read().CanUseBpf)
                return Talk.Error("list classic programs: not permitted (run it as root, or with CAP_SYS_ADMIN)", ExitCode.NotPermitted);
            OwnerIndex owners = OwnerIndex.Read();
            IReadOnlyList<SeccompTask> tasks = SeccompView.Read(out string? reason);
            if ((owners.Reason ?? reason) is { } failure) return Talk.Error($"list classic programs: {failure}", ExitCode.Failed);
            ListedSocket[] sockets = [.. SocketView.Read(owners).Where(socket => socket.Filter is { IsClassic: true } || socket.Reuseport is { IsClassic: true })];
            if (parsed.GetValue(json) || parsed.GetValue(pretty)) Data.WriteJson(parsed.GetValue(pretty), target => ClassicWriter.WriteJson(target, sockets, tasks));
            else Data.WriteText(output => ClassicWriter.WriteText(output, sockets, tasks));
            return ExitCode.Done;
        });
        return classic;
    }
}
