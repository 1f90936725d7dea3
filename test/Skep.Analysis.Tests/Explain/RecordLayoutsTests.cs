using System.Text;
using Skep.Analysis.Explain;
using Skep.Analysis.Tests.Support;
using Skep.Inventory.Code;
using Skep.Maps.Tap;
using Skep.Maps.Typed;

namespace Skep.Analysis.Tests.Explain;

/// <summary>Records are read by the code that sends them only where that is certain.</summary>
public sealed class RecordLayoutsTests
{
    private const uint Map = 7;

    [Fact]
    public void A_record_is_read_by_what_its_sender_stores()
    {
        RecordLayouts layouts = Layouts(Output(
            31, Field(0, 4, "pid"), Field(4, 16, "comm", stored: "name of the thread (bpf_get_current_comm)"), Field(20, 8, "at"),
            Field(28, 3, "odd")))!;
        byte[] record = [1, 2, 0, 0, .. "cat"u8, .. new byte[13], 255, 255, 255, 255, 255, 255, 255, 255, .. "ab\0"u8];
        Assert.Equal("""{"pid":513,"comm":"cat","at":18446744073709551615,"odd":"616200"}""", Read(layouts, record));
        record[4] = 7;
        Assert.Contains("\"comm\":\"07617400", Read(layouts, record), StringComparison.Ordinal);
        Assert.Null(Read(layouts, new byte[24]));
    }

    [Fact]
    public void A_length_that_two_senders_fill_otherwise_has_no_layout()
    {
        OutputRecord one = Output(8, Field(0, 8, "a")), other = Output(8, Field(0, 4, "b")), third = Output(4, Field(0, 4, "c"));
        Assert.Equal([8, 4], Layouts(one, one, third)!.Lengths);
        Assert.Equal([4], Layouts(one, other, third)!.Lengths);
        Assert.Null(Layouts(one, other));
    }

    [Fact]
    public void A_sender_of_any_length_or_through_an_unknown_map_makes_all_uncertain()
    {
        OutputRecord one = Output(8, Field(0, 8, "a"));
        Assert.Null(Layouts(one, one with { Size = null }));
        Assert.Null(Layouts(one, one with { Size = 16, Map = null }));
        Assert.Equal([8], Layouts(one, one with { Size = 16, Map = new CodeMap { Id = Map + 1 } })!.Lengths);
        Assert.Null(Layouts(one with { Note = "bytes of the packet" }));
    }

    [Fact]
    public void A_name_that_may_be_another_fields_is_not_told()
    {
        RecordField constant = Field(0, 8, "pid", stored: "0x6f206e6100001092"), guessed = Field(8, 4, "x", NameSource.SizeMatch),
            known = Field(12, 4, "y", NameSource.MapType, "5");
        Assert.Equal("""{"at_0":0,"at_8":0,"y":0}""", Read(Layouts(Output(16, constant, guessed, known))!, new byte[16]));
    }

    [Fact]
    public void Numbers_have_the_sign_of_their_type_and_strings_that_are_copied_by_words_are_text()
    {
        OutputRecord output =
            Assert.Single(Explainer.Explain(BpfPrograms.OfSource("Programs/copies.bpf.c").First(code => code.Name == "copy")).Outputs);
        Assert.Equal(
            [("ret", 4, FieldForm.Signed), ("pid", 4, FieldForm.Number), ("delta", 8, FieldForm.Signed), ("comm", 16, FieldForm.Text),
                ("name", 8, FieldForm.Text), ("small", 2, FieldForm.Signed), ("tiny", 1, FieldForm.Signed)],
            output.Fields.Where(field => field.Name is not null).Select(field => (field.Name!, field.Size, field.Form)));
        byte[] record =
            [0xfe, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, .. BitConverter.GetBytes(-3L), .. "a sixteenth char\0"u8[1..],
                .. "seven  \0"u8, 0xfb, 0xff, 0x80, .. new byte[5]];
        Assert.StartsWith("""{"ret":-2,"pid":4294967294,"delta":-3,"comm":" sixteenth char","name":"seven  ","at_40":-5,"tiny":-128,""",
            Read(Layouts(output with { Map = new CodeMap { Id = Map } })!, record), StringComparison.Ordinal);
    }

    [Fact]
    public void A_string_is_text_by_what_is_copied_where_the_record_has_no_type()
    {
        OutputRecord output =
            Assert.Single(Explainer.Explain(BpfPrograms.OfSource("Programs/copies.bpf.c").First(code => code.Name == "untyped")).Outputs);
        Assert.Equal([("ret", 4, FieldForm.Number), ("comm", 16, FieldForm.Text)],
            output.Fields.Select(field => (field.Name!, field.Size, field.Form)));
    }

    [Fact]
    public void Senders_whose_types_say_different_things_agree_on_numbers()
    {
        RecordField signed = Field(0, 4, "a") with { Form = FieldForm.Signed }, number = Field(0, 4, "a"),
            text = Field(0, 4, "a") with { Form = FieldForm.Text };
        byte[] record = [0xff, 0xff, 0xff, 0xff];
        Assert.Equal("""{"a":-1}""", Read(Layouts(Output(4, signed), Output(4, number))!, record));
        Assert.Equal("""{"a":-1}""", Read(Layouts(Output(4, number), Output(4, signed))!, record));
        Assert.Equal("""{"a":4294967295}""", Read(Layouts(Output(4, text), Output(4, signed))!, record));
    }

    [Fact]
    public void Samples_of_a_perf_buffer_are_filled_up() =>
        Assert.Equal([36], RecordLayoutReader.Of([Output(32, Field(0, 8, "a"))], Map, perf: true)!.Lengths);

    private static RecordLayouts? Layouts(params OutputRecord[] outputs) => RecordLayoutReader.Of(outputs, Map, perf: false);

    private static OutputRecord Output(int size, params RecordField[] fields) =>
        new() { Sender = "bpf_ringbuf_submit", Slot = 1, Size = size, Map = new CodeMap { Id = Map }, Fields = fields };

    private static RecordField Field(int offset, int size, string name, NameSource by = NameSource.SourceLine,
        string stored = "bpf_ktime_get_ns()") =>
        new(offset, size, name, by, [new StoredValue(stored, 1)]);

    private static string? Read(RecordLayouts layouts, byte[] record)
    {
        using var output = new MemoryStream();
        var json = new TypedJson(output, pretty: false);
        if (!layouts.TryWrite(json, record, () => { })) return null;
        json.Flush();
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
