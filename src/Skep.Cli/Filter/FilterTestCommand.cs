using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Filter.Model;
using Skep.Packets.Captures;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter test</c>.</summary>
internal static class FilterTestCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A rule file." };
        var pcap = new Option<string?>("--pcap") { Description = "Packets from a pcap or pcapng file.", HelpName = "FILE" };
        var packets = new Option<string[]>("--packet")
        {
            Description = "A packet as text: 'udp 10.0.0.1:5 > 10.0.0.2:53' (may be repeated).", HelpName = "TEXT",
        };
        var iif = new Option<string>("--iif")
        {
            Description = "The interface that the packets come in by: its name or index.", HelpName = "IF", DefaultValueFactory = _ => "lo",
        };
        var kernel = new Option<bool>("--kernel")
        {
            Description = "Decide by the compiled program in the kernel (BPF_PROG_RUN; needs root) instead of the reference evaluator.",
        };
        var write = new Option<string?>("--write")
        {
            Description = "Write the packets as the rules leave them, all but dropped ones, with the rule as comment (pcapng).",
            HelpName = "FILE",
        };
        var test = new SkepCommand("test", "Prints what a rule file does to packets, without touching any device.", new(
            "docs/filter.md",
            new("skep filter test edge.skep --packet 'udp 10.0.0.1:5 > 10.0.0.2:53'", "one packet"),
            new("skep filter test edge.skep --pcap trace.pcapng -j", "the packets of a capture, as JSON"),
            new("skep filter test edge.skep --pcap trace.pcapng --kernel", "by the program in the kernel"))
        {
            Failed = "failed, or not every packet could be decided",
            Usage = "wrong usage, or the rule file has an error",
        }) { file, pcap, packets, iif, kernel, write };
        test.Validators.Add(result =>
        {
            bool some = result.GetResult(packets) is { Implicit: false };
            if (some == result.GetResult(pcap) is not null) result.AddError("give either --pcap FILE or --packet 'TEXT'");
        });
        test.Prints((parsed, form) =>
        {
            if (!FilterFile.TryRead(parsed.GetValue(file)!, out Table table)) return ExitCode.Usage;
            if (!PacketInput.TryBuild(parsed.GetValue(packets) ?? [], out List<CapturedPacket> built)) return ExitCode.Usage;
            using PacketInput? capture = parsed.GetValue(pcap) is { } path ? new PacketInput(path) : null;
            IEnumerable<CapturedPacket> input = capture?.Packets() ?? built;
            return new FilterTestRun(table, form).Run(
                input, parsed.GetValue(iif)!, parsed.GetValue(kernel), parsed.GetValue(write), () => capture?.Error);
        });
        return test;
    }
}
