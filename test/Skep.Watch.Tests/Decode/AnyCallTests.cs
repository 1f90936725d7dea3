using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using CsCheck;
using Skep.Linux.Time;
using Skep.Watch.Capture;
using Skep.Watch.Decode;
using Skep.Watch.Events;
using Skep.Watch.Layouts;
using Skep.Watch.Processes;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests.Decode;

/// <summary>Whatever the kernel side may send is told, as JSON that parses and as text without controls.</summary>
public sealed class AnyCallTests
{
    private static Gen<byte> Byte =>
        Gen.Frequency((6, Gen.Const((byte)0)), (3, Gen.Byte[0, 60]), (1, Gen.Byte), (1, Gen.Const((byte)0xff)));

    private static Gen<(BlobKind Kind, byte[] Bytes, uint Offset, uint Missing)> Blob =>
        Gen.Select(Gen.Enum<BlobKind>(), Byte.Array[0, 100], Gen.Frequency((5, Gen.Const(0u)), (1, Gen.UInt[0, 64])),
            Gen.Frequency((5, Gen.Const(0u)), (1, Gen.UInt)));

    [Fact]
    public void Is_told()
    {
        Gen.Select(Byte.Array[Unsafe.SizeOf<CallRecord>()], Gen.UInt[1, 7], Gen.UInt[0, 45], Gen.ULong[0, 1ul << 60],
            Gen.UShort[0, 13].Array[4], Blob.Array[0, 5], Gen.UInt[0, 45])
            .Sample((bytes, syscall, command, time, kinds, blobs, result) =>
            {
                CallRecord record = MemoryMarshal.Read<CallRecord>(bytes);
                record.Entry.Record = RecordKind.Call;
                record.Entry.CallId = 1;
                record.Entry.EnterNs = time;
                record.Entry.Syscall = (SyscallKind)syscall;
                if (syscall != (uint)SyscallKind.Setsockopt) record.Entry.Cmd = command;
                record.Result.Kind = (ObjectKind)(result % 14);
                for (int i = 0; i < kinds.Length; i++) record.Entry.Refs[i].Kind = (ObjectKind)kinds[i];
                Tell(record, blobs);
            }, iter: 3000);
    }

    private static void Tell(CallRecord record, (BlobKind Kind, byte[] Bytes, uint Offset, uint Missing)[] blobs)
    {
        var processes = CallSketch.NoProcesses();
        var assembler = new CallAssembler(processes);
        foreach ((BlobKind kind, byte[] bytes, uint offset, uint missing) in blobs)
            assembler.Add(CallSketch.Piece(kind, bytes, offset, missing: missing));
        if (new CallDecoder(processes, new KernelClock(), 3, CallSketch.Types.Name)
            .Decode(assembler.Add(CallSketch.Bytes(record))!) is not { } e)
        {
            Assert.True(record.Entry.Syscall is SyscallKind.Sendmsg or SyscallKind.Sendto);
            return;
        }

        Assert.NotEmpty(e.Command);
        using var stream = new MemoryStream();
        using var json = new JsonEventWriter(stream, withInsns: true);
        json.Write(e);
        json.Flush();
        using JsonDocument document = JsonDocument.Parse(stream.ToArray(), new JsonDocumentOptions { AllowDuplicateProperties = false });
        Assert.Equal(e.Command, document.RootElement.GetProperty("cmd").GetString());
        foreach (TextDetail detail in Enum.GetValues<TextDetail>())
        {
            using var text = new StringWriter { NewLine = "\n" };
            new TextEventWriter(text, detail, withInsns: true, colour: false).Write(e);
            // A tab is in the listing of some classic instructions.
            Assert.DoesNotContain(text.ToString(), c => c is not ('\n' or '\t') && char.IsControl(c));
        }
    }
}
