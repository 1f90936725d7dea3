using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Live;
using Skep.Cli.Options;
using Skep.Filter.Runtime.Generate;
using Skep.Linux.Files;
using Skep.Output;
using Skep.Packets.Building;
using Skep.Packets.Captures;

namespace Skep.Cli.Gen;

/// <summary><c>skep gen</c>.</summary>
internal static class GenCommand
{
    public static Command Create()
    {
        var device = new Argument<string>("DEVICE") { Description = "The device to send out of, in this network namespace." };
        var rate = new Option<long?>("--rate")
        {
            Description = "Packets a second [default: as many as one CPU sends].", HelpName = "N",
        };
        var count = new Option<long?>("-n", "--count") { Description = "Exit after N packets.", HelpName = "N" };
        var packets = new Option<string[]>("--packet")
        {
            Description = "A packet as text: 'udp 10.0.0.1:5 > 10.0.0.2:53' (may be repeated: they are sent in turn).", HelpName = "TEXT",
        };
        var ranges = new Option<string[]>("--range")
        {
            Description = "A field that takes all values of a range: saddr, daddr, sport or dport (may be repeated).",
            HelpName = "FIELD=LOW-HIGH",
        };
        var pcap = new Option<string?>("--pcap") { Description = "Packets from a pcap or pcapng file, once.", HelpName = "FILE" };
        Option<TimeSpan?> time = Quantities.Time("--time", "Exit after this time.");
        var seed = new Option<ulong?>("--seed")
        {
            Description = "Take the values of ranges at random, the same ones for the same number [default: in sequence].",
            HelpName = "N",
        };
        var yes = new Option<bool>("--yes-really")
        {
            Description = "Send out of a device that is neither a veth nor in a network namespace of its own.",
        };
        OptionValues.TakePositive(rate);
        OptionValues.TakePositive(count);
        var gen = new SkepCommand(
            "gen",
            "Sends packets out of a veth, or of any device of a network namespace that was made for it.\n"
            + "The kernel sends them by BPF_PROG_RUN (Linux 5.18), millions a second. Neither the network stack of this side nor its\n"
            + "packet filter sees them; the other end of the veth receives them as from a wire.\n"
            + "At the end it prints how many were sent; on a terminal also each second.",
            new(
                "docs/gen.md",
                new("skep gen veth0 --packet 'udp 10.0.0.1:5 > 10.0.0.2:53' -n 1000", "a thousand packets"),
                new("skep gen veth0 --packet 'tcp 10.0.0.1:5 > 10.0.0.2:80' --range saddr=10.1.0.0-10.1.255.255 --seed 1 --time 10s",
                    "from random addresses, as fast as they go"),
                new("skep gen veth0 --pcap trace.pcapng --rate 10000 -j", "a capture at ten thousand packets a second"))
            {
                Failed = "failed, or not every packet was sent",
            }) { device, rate, count, packets, ranges, pcap, time, seed, yes };
        gen.Validators.Add(result =>
        {
            bool isText = result.GetResult(packets) is { Implicit: false };
            if (isText == result.GetResult(pcap) is not null) result.AddError("give either --pcap FILE or --packet 'TEXT'");
            if (!isText && result.GetResult(ranges) is { Implicit: false }) result.AddError("--range needs --packet");
            if (result.GetResult(seed) is not null && result.GetResult(ranges) is not { Implicit: false })
                result.AddError("--seed needs --range");
        });
        gen.Prints((parsed, form) =>
        {
            if (!GenPackets.TryRead(
                parsed.GetValue(packets) ?? [], parsed.GetValue(ranges) ?? [], parsed.GetValue(seed), out PacketSeries? series))
                return ExitCode.Usage;
            SendingDevice found = SendingDevice.Find(parsed.GetValue(device)!);
            if (!found.IsApart && !parsed.GetValue(yes))
            {
                return Message.Error(
                    $"sending out of {found.Device.Name}: it is neither a veth nor in a network namespace of its own (give --yes-really "
                    + "to send what may leave this machine)", ExitCode.NotPermitted);
            }

            if (found.Obstacle is { } obstacle)
            {
                return Message.Error(
                    $"sending out of {found.Device.Name}: {obstacle}", found.Device.IsUp ? ExitCode.NotPermitted : ExitCode.Failed);
            }

            var limits = new LiveLimits(parsed.GetValue(count) ?? long.MaxValue, parsed.GetValue(time), TimeSpan.FromSeconds(1));
            if (series is not null) return SendSeries(found, series, parsed.GetValue(rate), form, limits);
            string path = parsed.GetValue(pcap)!;
            using InputStream stream = NamedInput.Open(path, InputLimit.Capture);
            CaptureReader reader = CaptureReader.Open(stream);
            var capture = new CaptureSource(reader, found.LongestFrame);
            int code = Send(found, capture, parsed.GetValue(rate), form, limits, () => capture.Skipped);
            return reader.Error is { } error ? Message.Error($"reading {path}: {error}", ExitCode.Failed) : code;
        });
        return gen;
    }

    private static int SendSeries(SendingDevice device, PacketSeries series, long? rate, OutputForm form, LiveLimits limits)
    {
        return series.Longest > device.LongestFrame
            ? Message.Error(
                $"sending out of {device.Device.Name}: a packet has {series.Longest} bytes, and it takes {device.LongestFrame} (mtu "
                + $"{device.Device.Mtu})", ExitCode.Failed)
            : Send(device, new SeriesSource(series), rate, form, limits, () => 0);
    }

    private static int Send(
        SendingDevice device, IFrameSource source, long? rate, OutputForm form, LiveLimits limits, Func<long> skipped)
    {
        using var generator = new PacketGenerator(device.Device.IfIndex, source);
        using var run = new GenRun(device.Device.Name, generator, new FramePace(rate), form, skipped);
        return LiveView.Run(run, limits, "the result", $"sending out of {device.Device.Name}");
    }
}
