using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Options;

namespace Skep.Cli.Debug;

/// <summary>Options of what debugs a program on a packet.</summary>
internal static class DebugOptions
{
    /// <summary>The commands of a script.</summary>
    public static Option<string[]> Commands() => new("--command", "-c")
    {
        Description = "A command to do, instead of those of standard input (may be repeated).", HelpName = "COMMAND",
    };

    /// <summary>The packet: as text, or one of a capture.</summary>
    public static (Option<string?> Text, Option<string?> Capture, Option<int?> Number) Packet()
    {
        var number = new Option<int?>("--number") { Description = "Which packet of the file (1 is the first).", HelpName = "N" };
        OptionValues.TakePositive(number);
        return (
            new("--packet") { Description = "The packet as text: 'udp 10.0.0.1:5 > 10.0.0.2:53'.", HelpName = "TEXT" },
            new("--pcap") { Description = "The packet from a pcap or pcapng file.", HelpName = "FILE" },
            number);
    }

    /// <summary>Refuses what contradicts itself.</summary>
    public static void Check(SkepCommand command, Option<string?> text, Option<string?> capture, Option<int?> number) =>
        command.Validators.Add(result =>
        {
            if (result.GetResult(text) is not null && result.GetResult(capture) is not null)
                result.AddError("give either --pcap FILE or --packet 'TEXT'");
            if (result.GetResult(number) is not null && result.GetResult(capture) is null)
                result.AddError("--number is that of a packet of --pcap FILE");
        });

    /// <summary>Makes or reads the packet; empty where none is named. False with a mistake, which is printed.</summary>
    public static bool TryPacket(string? text, string? path, int? number, out byte[] packet)
    {
        if (PacketInput.TryReadOne(text, path, number ?? 1, out packet, out string? mistake)) return true;
        Message.Error(mistake!, ExitCode.Usage);
        return false;
    }
}
