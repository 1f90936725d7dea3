using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Testing;
using Skep.Watch.Capture;
using Skep.Watch.Decode;
using Skep.Watch.Events;
using Skep.Watch.Layouts;
using Skep.Watch.Processes;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests.Decode;

/// <summary>The counters are read from the map before the record of the process has come through the ring buffer.</summary>
[Trait("level", "kernel")]
public sealed class ElementCounterKernelTests : IDisposable
{
    private const uint Pid = 7;
    private const ulong Start = 100;

    private readonly ProcessTable _processes = CallSketch.NoProcesses();
    private readonly CountsAlone _backend;
    private readonly ElementCounter _counter;

    public ElementCounterKernelTests()
    {
        Requires.Root();
        _backend = new CountsAlone();
        _counter = new ElementCounter(_backend, _processes);
    }

    public void Dispose() => _backend.Dispose();

    [Fact]
    public void Counts_wait_for_the_record_of_their_process()
    {
        _backend.Set(3);
        Assert.Empty(_counter.Take(3, 0, 1, last: false));
        _backend.Set(5);
        Assert.True(_processes.Add(new ProcessRecord { Pid = Pid, ProcessStart = Start, ExeLength = 3 }, "ls\0"u8));
        BpfEvent e = Assert.Single(_counter.Take(5, 0, 1, last: false));
        Assert.Equal("/ls", e.Process.Exe);
        Assert.Equal((5UL, 0UL), e.Count);
        Assert.Empty(_counter.Take(5, 0, 1, last: false));
    }

    [Fact]
    public void They_do_not_wait_for_one_that_was_lost()
    {
        _backend.Set(3);
        int looks = 0;
        BpfEvent[] events = [];
        for (; events.Length == 0 && looks < 10; looks++) events = [.. _counter.Take(3, 0, looks + 1, last: false)];
        BpfEvent e = Assert.Single(events);
        Assert.Equal((3, null, (3UL, 0UL)), (looks, e.Process.Exe, e.Count));
    }

    [Fact]
    public void They_wait_while_records_wait()
    {
        _backend.Set(3);
        for (int look = 0; look < 10; look++) Assert.Empty(_counter.Take(3, 0, 1, last: false));
    }

    [Fact]
    public void Nothing_waits_at_the_end()
    {
        _backend.Set(3);
        BpfEvent e = Assert.Single(_counter.Take(3, 0, 1, last: true));
        Assert.Equal((3UL, 0UL), e.Count);
    }

    private sealed class CountsAlone : ICaptureBackend
    {
        private readonly BpfMap _map = BpfMap.Create(new BpfMapSpec(
            BpfMapType.Hash, (uint)Marshal.SizeOf<ElementKeyRecord>(), (uint)Marshal.SizeOf<ElementCountRecord>(), 4));

        public CountsAlone() => Elements = new ElementMap(_map);

        public ElementMap Elements { get; }

        public BpfMap? Shares => null;

        public int Number => 1;

        public IReadOnlyList<string> Missed => [];

        public void Set(ulong calls)
        {
            var key = new ElementKeyRecord { Cmd = (uint)BpfCommand.MapUpdateElem, Pid = Pid };
            var count = new ElementCountRecord { Calls = calls, ProcessStart = Start };
            _map.Update(MemoryMarshal.AsBytes(new ReadOnlySpan<ElementKeyRecord>(in key)),
                MemoryMarshal.AsBytes(new ReadOnlySpan<ElementCountRecord>(in count)));
        }

        public bool Poll(TimeSpan timeout) => false;

        public void Wake()
        {
        }

        public int Consume(RingBufferHandler handler, int maxRecords) => 0;

        public void Detach()
        {
        }

        public void ReadOpenCalls(RingBufferHandler handler)
        {
        }

        public CaptureCounters ReadCounters() => default;

        public void Dispose() => Elements.Dispose();
    }
}
