using System.Runtime.CompilerServices;
using System.Text;
using CsCheck;
using Skep.Watch.Capture;
using Skep.Watch.Events;
using Skep.Watch.Layouts;
using Skep.Watch.Processes;
using Skep.Watch.Tests.Support;
using static Skep.Watch.Tests.Support.CallSketch;

namespace Skep.Watch.Tests.Capture;

public sealed class CallAssemblerTests
{
    private readonly ProcessTable _processes = CallSketch.NoProcesses();
    private readonly CallAssembler _assembler;

    public CallAssemblerTests() => _assembler = new CallAssembler(_processes);

    [Fact]
    public void A_call_without_pieces_is_complete_with_its_record()
    {
        CapturedCall? call = _assembler.Add(Bytes(Call(7)));
        Assert.NotNull(call);
        Assert.Equal(7ul, call.Record.Entry.CallId);
        Assert.Null(call.Code);
        Assert.Null(call.Blob(BlobKind.Log));
        Assert.Null(call.Text(BlobKind.Path));
    }

    [Fact]
    public void Pieces_go_to_their_own_call()
    {
        Assert.Null(_assembler.Add(Piece(BlobKind.Path, "/a\0"u8, call: 1)));
        Assert.Null(_assembler.Add(Piece(BlobKind.Path, "/b\0"u8, call: 2)));
        Assert.Null(_assembler.Add(Piece(BlobKind.License, "GPL\0"u8, call: 1)));
        Assert.Equal("/b", _assembler.Add(Bytes(Call(2)))!.Text(BlobKind.Path));
        CapturedCall first = _assembler.Add(Bytes(Call(1)))!;
        Assert.Equal("/a", first.Text(BlobKind.Path));
        Assert.Equal("GPL", first.Text(BlobKind.License));
        Assert.Null(_assembler.Add(Bytes(Call(1)))!.Text(BlobKind.Path));
    }

    [Fact]
    public void A_record_that_is_too_short_or_of_no_known_kind_is_counted()
    {
        byte[][] whole = [Bytes(Call(1)), Piece(BlobKind.Log, "log"u8), Process(1, "exe\0"u8, "cgroup\0"u8)];
        int rejected = 0;
        foreach (byte[] record in whole)
        {
            for (int length = 0; length < record.Length; length++)
            {
                // A call without a resulting object ends before it.
                if (record == whole[0] && length == record.Length - Unsafe.SizeOf<ResultRecord>()) continue;
                Assert.Null(_assembler.Add(record.AsSpan(0, length)));
                rejected++;
            }
        }

        Assert.Null(_assembler.Add([99, 0, 0, 0, 1, 2, 3, 4]));
        Assert.Equal(rejected + 1, _assembler.Malformed);
    }

    [Fact]
    public void A_call_without_a_resulting_object_ends_before_it()
    {
        byte[] record = Bytes(Call(7));
        CapturedCall? call = _assembler.Add(record.AsSpan(0, record.Length - Unsafe.SizeOf<ResultRecord>()));
        Assert.Equal(7ul, call!.Record.Entry.CallId);
        Assert.Equal(ObjectKind.None, call.Record.Result.Kind);
    }

    [Fact]
    public void The_ring_buffers_padding_behind_a_record_is_not_part_of_it()
    {
        _assembler.Add([.. Piece(BlobKind.Log, "abc"u8), 1, 2, 3, 4, 5]);
        Assert.Equal("abc", Encoding.UTF8.GetString(_assembler.Add(Bytes(Call(1)))!.Blob(BlobKind.Log)!.Bytes));
        Assert.Equal(0, _assembler.Malformed);
    }

    [Fact]
    public void A_process_goes_to_the_table()
    {
        _assembler.Add(Process(12, "tool\0bin\0usr\0"u8, "x.service\0system.slice\0"u8));
        ProcessIdentity facts = _processes.Find(12, Started)!;
        Assert.Equal("/usr/bin/tool", facts.Exe);
        Assert.Equal("/system.slice/x.service", facts.Cgroup);
        Assert.Equal("x.service", facts.Unit);
        Assert.Null(facts.Container);
    }

    [Fact]
    public void Any_bytes_are_taken_or_counted()
    {
        Gen<byte[]> random = Gen.Byte.Array[0, 200];
        Gen<byte[]> record = Gen.OneOf(
            random,
            Gen.Select(Gen.Int[1, 3], random, (kind, rest) => (byte[])[(byte)kind, 0, 0, 0, .. rest]),
            Hostile);
        record.List[1, 12].Sample(records =>
        {
            var assembler = new CallAssembler(CallSketch.NoProcesses());
            long made = 0;
            foreach (byte[] bytes in records)
                if (assembler.Add(bytes) is not null) made++;
            Assert.True(made + assembler.Malformed <= records.Count);
            CapturedCall call = assembler.Add(Bytes(Call(1)))!;
            foreach (BlobKind kind in Enum.GetValues<BlobKind>()) call.Text(kind);
            if (call.Code is not { } code) return;
            Assert.False(code.Agrees && !code.ExitIsWhole);
            if (code.Agrees) Assert.Equal(code.Enter!.Bytes.ToArray(), code.Exit!.Bytes.ToArray());
        }, iter: 500);
    }

    // Pieces whose numbers contradict each other, as a broken kernel side might send them.
    private static Gen<byte[]> Hostile => Gen.Select(
        Gen.Enum<BlobKind>(), Number, Number, Number, Gen.Byte.Array[0, 64],
        (kind, offset, total, missing, bytes) => Piece(kind, bytes, offset, total, missing));

    private static Gen<uint> Number =>
        Gen.OneOf(Gen.UInt[0, 80], Gen.UInt, Gen.Const(uint.MaxValue), Gen.Const(BlobBuffer.Limit), Gen.Const(BlobBuffer.Limit - 8));

    [Fact]
    public void Pieces_of_a_call_whose_record_was_lost_go_with_the_threads_next_call()
    {
        _assembler.Add(Piece(BlobKind.Path, "/lost\0"u8, call: 1));
        CallRecord next = Call(1);
        next.Entry.CallId = 99;
        Assert.Null(_assembler.Add(Bytes(next))!.Text(BlobKind.Path));
        Assert.Null(_assembler.Add(Bytes(Call(1)))!.Text(BlobKind.Path));
    }

    private static CallRecord Call(ulong id) =>
        new() { Entry = new EntryRecord { Record = RecordKind.Call, CallId = id, Tid = CallSketch.Tid + (uint)id - 1 } };

    internal static byte[] Process(uint pid, ReadOnlySpan<byte> exe, ReadOnlySpan<byte> cgroup, ulong start = Started)
    {
        var header = new ProcessRecord
        {
            Record = RecordKind.Process, Pid = pid, ProcessStart = start, ExeLength = (uint)exe.Length, CgroupLength = (uint)cgroup.Length,
        };
        return [.. Bytes(header), .. exe, .. cgroup];
    }
}
