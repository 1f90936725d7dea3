using System.Diagnostics;
using System.Globalization;
using Skep.Cli.Common;
using Skep.Cli.Live;
using Skep.Filter.Runtime.Generate;
using Skep.Linux.Events;
using Skep.Linux.Streams;
using Skep.Output;

namespace Skep.Cli.Gen;

/// <summary>Sends packets until all are sent or it is stopped, and prints how many.</summary>
internal sealed class GenRun(string device, PacketGenerator generator, FramePace pace, OutputForm form, Func<long> skipped)
    : ILiveSource, IDisposable
{
    private readonly EventPoll _wake = new();
    private readonly Stopwatch _clock = new();
    private volatile bool _stopping;

    /// <inheritdoc/>
    public void Run(LiveLimits limits)
    {
        Span<ulong> none = stackalloc ulong[1];
        bool isShown = form == OutputForm.Text && Terminal.IsOutput;
        var (shown, shownAt) = (0L, TimeSpan.Zero);
        _clock.Start();
        while (!_stopping && !generator.IsOver && generator.Total.Tried < limits.Count && _clock.Elapsed < limits.End)
        {
            long tried = generator.Total.Tried;
            int due = pace.Due(_clock.Elapsed, tried, limits.Count - tried);
            if (due > 0) generator.Send(due);
            else Wait(limits, none);
            TimeSpan since = _clock.Elapsed - shownAt;
            if (!isShown || since < limits.Interval) continue;
            SentPackets total = generator.Total;
            Print($"{total.Sent} packets, {Rate((total.Sent - shown) / since.TotalSeconds)}, {total.Errors} errors");
            (shown, shownAt) = (total.Sent, _clock.Elapsed);
        }

        _clock.Stop();
    }

    /// <inheritdoc/>
    public void Stop()
    {
        _stopping = true;
        _wake.Wake();
    }

    /// <inheritdoc/>
    public bool Conclude()
    {
        SentPackets total = generator.Total;
        double seconds = _clock.Elapsed.TotalSeconds;
        double rate = seconds > 0 ? total.Sent / seconds : 0;
        if (form == OutputForm.Text)
        {
            Print(string.Create(CultureInfo.InvariantCulture,
                $"{total.Sent} packets, {total.Bytes} bytes in {seconds:0.000} s: {Rate(rate)}, {total.Errors} errors"));
            if (skipped() is > 0 and long left)
                Message.Print($"{left} packets of the capture were left out: cut, not Ethernet, or too long for {device}");
            return total.Errors == 0;
        }

        StandardOutput.WriteJson(form, json =>
        {
            json.WriteStartObject();
            json.WriteString("device", device);
            json.WriteNumber("packets", total.Sent);
            json.WriteNumber("bytes", total.Bytes);
            json.WriteNumber("seconds", Math.Round(seconds, 6));
            json.WriteNumber("packets_per_second", Math.Round(rate));
            json.WriteNumber("errors", total.Errors);
            json.WriteNumber("skipped", skipped());
            json.WriteEndObject();
        });
        return total.Errors == 0;
    }

    public void Dispose() => _wake.Dispose();

    private void Wait(LiveLimits limits, Span<ulong> none)
    {
        TimeSpan wait = pace.Wait(_clock.Elapsed, generator.Total.Tried);
        TimeSpan left = limits.End - _clock.Elapsed;
        _wake.Wait(wait < left ? wait : left, none);
    }

    private static void Print(string line) => StandardOutput.WriteText(output => output.WriteLine(line));

    private static string Rate(double packets) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Round(packets)} packets/s");
}
