using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Inventory.Listing;
using Skep.Inventory.Machine;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;
using Skep.Output;

namespace Skep.Cli.Net;

/// <summary><c>skep net</c>.</summary>
internal static class NetCommand
{
    private static readonly CommandHelp s_help = new(
        "docs/inventory.md",
        new("skep net", "all programs of the network stack, in all network namespaces"),
        new("skep net list dev eth0", "those of one device"),
        new("skep net -j", "all as JSON with bpftool's keys, and the network namespace of each"));

    public static Command Create()
    {
        var words = new Argument<string[]>("DEV") { Description = "dev NAME: only this device.", Arity = ArgumentArity.ZeroOrMore };
        var list = new SkepCommand(
            "list",
            "Lists the programs of the network stack, of all network namespaces.\n"
            + "XDP, tc, tcx, netkit, flow dissector, socket lookup and netfilter programs, sockets with programs, routes with programs.",
            s_help) { words };
        list.Aliases.Add("show");
        list.PrintsAsGroup((parsed, form) => parsed.GetValue(words) switch
        {
            null or [] => List(null, form),
            ["dev", string name] => List(name, form),
            { } other => Message.Error($"'{string.Join(' ', other)}' names no device (give dev NAME)", ExitCode.Usage),
        });
        var net = new SkepCommand("net", "Programs of the network stack.", s_help) { list };
        net.Prints((_, form) => List(null, form));
        return net;
    }

    private static int List(string? device, OutputForm form)
    {
        if (!ProcessCapabilities.Read().CanUseBpf)
        {
            return Message.Error(
                "list the programs of the network stack: not permitted (run it as root, or with CAP_SYS_ADMIN)", ExitCode.NotPermitted);
        }

        NetworkStack network = NetworkStack.Read(new MachineSnapshot(), device);
        var writer = new NetworkWriter(id => LoadedPrograms.Find(id)?.Name);
        StandardOutput.Write(form, json => writer.WriteJson(json, network), text => writer.WriteText(text, network));
        return ExitCode.Done;
    }
}
