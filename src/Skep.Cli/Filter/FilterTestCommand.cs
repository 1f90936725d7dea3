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
        Option<string> iif = IncomingInterface.Create();
        var kernel = new Option<bool>("--kernel")
        {
            Description = "Decide by the compiled program in the kernel (BPF_PROG_RUN; needs root) instead of the reference evaluator.",
        };
        var write = new Option<string?>("--write")
        {
            Description = "Write the packets as the rules leave them, all but dropped ones, with the rule as comment (pcapng).",
            HelpName = "FILE",
        };
        var expect = new Option<string?>("--expect")
        {
            Description = "Packets of this file, and what the rules have to do to each: PACKET => VERDICT, one a line.", HelpName = "FILE",
        };
        var test = new SkepCommand("test", "Prints what a rule file does to packets, without touching any device.", new(
            "docs/filter.md",
            new("skep filter test edge.skep --packet 'udp 10.0.0.1:5 > 10.0.0.2:53'", "one packet"),
            new("skep filter test edge.skep --pcap trace.pcapng --kernel", "those of a capture, by the program in the kernel"),
            new("skep filter test edge.skep --expect edge.expect", "whether they get what a file expects"))
        {
            Failed = "failed, not every packet could be decided, or an expectation does not hold",
            Usage = "wrong usage, or the rule file or the file of expectations has an error",
        }) { file, pcap, packets, expect, iif, kernel, write };
        test.Validators.Add(result =>
        {
            bool[] given =
            [
                result.GetResult(packets) is { Implicit: false }, result.GetResult(pcap) is not null, result.GetResult(expect) is not null,
            ];
            if (given.Count(isGiven => isGiven) != 1) result.AddError("give one of --pcap FILE, --packet 'TEXT' and --expect FILE");
            else if (given[2] && result.GetResult(write) is not null) result.AddError("--write is of --pcap and --packet (leave it out)");
            else if (result.GetValue(file) == "-" && result.GetValue(expect) == "-")
                result.AddError("FILE and --expect are both standard input (name a file for one of them)");
        });
        test.Prints((parsed, form) =>
        {
            if (!FilterFile.TryRead(parsed.GetValue(file)!, out Table table)) return ExitCode.Usage;
            if (parsed.GetValue(expect) is { } expected)
                return new FilterExpectations(table, form).Test(expected, parsed.GetValue(iif)!, parsed.GetValue(kernel));
            if (!PacketInput.TryBuild(parsed.GetValue(packets) ?? [], out List<CapturedPacket> built)) return ExitCode.Usage;
            using PacketInput? capture = parsed.GetValue(pcap) is { } path ? new PacketInput(path) : null;
            IEnumerable<CapturedPacket> input = capture?.Packets() ?? built;
            return new FilterTestRun(table, form).Run(
                input, parsed.GetValue(iif)!, parsed.GetValue(kernel), parsed.GetValue(write), () => capture?.Error);
        });
        return test;
    }
}
