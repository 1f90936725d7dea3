using System.CommandLine;
using Skep.Cli.Common;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;

namespace Skep.Cli.Net;

/// <summary><c>skep net</c>.</summary>
internal static class NetCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json", "-j") { Description = "JSON with bpftool's keys, and the network namespace of each.", Recursive = true };
        var pretty = new Option<bool>("--pretty", "-p") { Description = "JSON over several lines.", Recursive = true };
        var words = new Argument<string[]>("DEV") { Description = "dev NAME: only this device.", Arity = ArgumentArity.ZeroOrMore };
        var list = new Command("list", "Shows XDP, tc, tcx, netkit, flow dissector, socket lookup and netfilter programs, sockets with code and routes with programs, of all network namespaces.") { words };
        list.Aliases.Add("show");
        list.SetAction(parsed =>
        {
            string? device = null;
            switch (parsed.GetValue(words))
            {
                case null or []:
                    break;
                case ["dev", string name]:
                    device = name;
                    break;
                case { } other:
                    return Talk.Error($"'{string.Join(' ', other)}' names no device (give dev NAME)", ExitCode.Usage);
            }

            return Show(device, parsed.GetValue(json) || parsed.GetValue(pretty), parsed.GetValue(pretty));
        });
        var net = new Command("net", "Programs of the network stack.") { list, json, pretty };
        net.SetAction(parsed => Show(null, parsed.GetValue(json) || parsed.GetValue(pretty), parsed.GetValue(pretty)));
        return net;
    }

    private static int Show(string? device, bool json, bool pretty)
    {
        if (!ProcessCapabilities.Read().CanUseBpf)
            return Talk.Error("list the programs of the network stack: not permitted (run it as root, or with CAP_SYS_ADMIN)", ExitCode.NotPermitted);
        NetworkStack network = NetworkStack.Read(device);
        var writer = new NetworkWriter(id => LoadedPrograms.Find(id)?.Name);
        if (json) Data.WriteJson(pretty, target => writer.WriteJson(target, network));
        else Data.WriteText(target => writer.WriteText(target, network));
        return ExitCode.Done;
    }
}
