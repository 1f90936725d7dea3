// Attaches an XDP program to a network device, and prints what it sends through a ring buffer: XdpEvents DEVICE PORT COUNT
// Ends after COUNT events, or at Ctrl-C. The program is detached when its link is closed, also when this process is killed. Needs root.
using System.Net;
using System.Runtime.InteropServices;
using Skep.Bpf;

if (args.Length != 3 || !ushort.TryParse(args[1], out ushort port) || !int.TryParse(args[2], out int count))
{
    Console.Error.WriteLine("usage: XdpEvents DEVICE PORT COUNT");
    return 2;
}

using Stream file = typeof(Event).Assembly.GetManifestResourceStream("packets.bpf.o")!;
byte[] elf = new byte[file.Length];
file.ReadExactly(elf);

// Open, configure, load, attach: the steps of libbpf.
using BpfObject bpf = BpfObject.Open(elf, "packets");
bpf.SetVariable("port", port);
bpf.Load();
using BpfProgram program = bpf.Program("packets").Open();
using BpfLink link = BpfLink.AttachXdp(program, XdpDevice.IndexOf(args[0]));

using BpfMap events = bpf.Map("events").Open();
using var ring = new RingBuffer(events);
bool stopped = false;
using PosixSignalRegistration signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
{
    context.Cancel = stopped = true;
    ring.Wake();
});
Console.WriteLine($"link {link.GetInfo().Id} is on {args[0]}");

int seen = 0;
while (!stopped && seen < count)
{
    ring.Poll(Timeout.InfiniteTimeSpan);
    seen += ring.Consume(record =>
    {
        // The record is the kernel's memory: read it here, copy what is to live longer.
        Event packet = MemoryMarshal.Read<Event>(record);
        Console.WriteLine($"{packet.Length} bytes from {new IPAddress(packet.Source)}");
    }, count - seen);
}

Console.WriteLine($"{seen} events");
return 0;

// struct event of packets.bpf.c
internal readonly record struct Event(uint Source, uint Length);
