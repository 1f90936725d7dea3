using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Skep.Debug.Compat;
using Skep.Debug.Verify;
using Skep.Linux.Errors;
using Skep.Linux.Guests;

namespace Skep.Debug.Tests.Compat;

/// <summary>What a virtual machine answers, as the host reads it, and what comes of it.</summary>
public sealed class GuestAnswerTests
{
    private static readonly Verification Accepted = new() { Program = "one", Type = "xdp", Accepted = true };

    private static readonly Verification Refused = new()
    {
        Program = "two",
        Type = "xdp",
        Accepted = false,
        Error = new Errno(22),
        Diagnosis = new Diagnosis
        {
            Cause = VerifierCause.HelperNotAllowed, Message = "unknown \u001b[31m func", Explanation = "é \"quoted\"\nline",
        },
    };

    private static readonly string Whole =
        GuestAnswer.Begin("6.1.0") + GuestAnswer.Of(Accepted) + GuestAnswer.Of(Refused) + GuestAnswer.Ended;

    [Theory]
    [InlineData("\n"), InlineData("\r\n")]
    public void What_is_written_is_read(string end)
    {
        GuestAnswer answer = GuestAnswer.Parse(Whole.Replace("\n", end, StringComparison.Ordinal));
        Assert.True(answer.IsComplete);
        Assert.Equal("6.1.0", answer.Release);
        Assert.Null(answer.Failure);
        Assert.Equal([("one", null), ("two", "helper-not-allowed")], answer.Results.Select(result => (result.Program, result.Cause)));
        Assert.Equal([true, false], answer.Results.Select(result => result.Accepted));
        Assert.StartsWith("two (xdp): refused: EINVAL: Invalid argument\n  cause: helper-not-allowed\n", answer.Results[1].Text,
            StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", answer.Results[1].Text, StringComparison.Ordinal);
        Assert.Equal(22, JsonNode.Parse(answer.Results[1].Json)!["errno"]!.GetValue<int>());
    }

    [Fact]
    public void Each_beginning_of_an_answer_is_incomplete_and_has_what_has_come()
    {
        for (int length = 0; length < Whole.Length; length++)
        {
            GuestAnswer answer = GuestAnswer.Parse(Whole[..length]);
            Assert.False(answer.IsComplete);
            Assert.InRange(answer.Results.Count, 0, 2);
            Assert.All(answer.Results, result => Assert.Contains(result.Program, (string[])["one", "two"]));
        }
    }

    [Fact]
    public void What_failed_is_read_and_what_is_no_answer_is_passed_over()
    {
        GuestAnswer answer = GuestAnswer.Parse("noise\njson {}\nrelease 6.1\n" + GuestAnswer.Failed("it is\nbroken") + "end\n");
        Assert.Equal(("6.1", true), (answer.Release, answer.IsComplete));
        Assert.Equal("it is\\x0abroken", answer.Failure);
        Assert.Empty(answer.Results);
    }

    [Fact]
    public void JSON_has_the_kernel_before_what_verify_writes()
    {
        GuestResult result = GuestAnswer.Parse(Whole).Results[1];
        using var written = new MemoryStream();
        using (var json = new Utf8JsonWriter(written, new JsonWriterOptions { Indented = true }))
            CompatJson.Write(json, new CompatObject(new KernelImage("/k/vmlinuz", "6.1.0"), result, null));
        JsonObject read = JsonNode.Parse(Encoding.UTF8.GetString(written.ToArray()))!.AsObject();
        JsonObject alone = JsonNode.Parse(result.Json)!.AsObject();
        Assert.Equal(["kernel", "release", .. alone.Select(field => field.Key)], read.Select(field => field.Key));
        Assert.All(alone, field => Assert.True(JsonNode.DeepEquals(field.Value, read[field.Key]), field.Key));
    }

    [Fact]
    public void A_kernel_that_panicked_is_quoted_up_to_that()
    {
        string[] console =
        [
            .. Enumerable.Range(0, 30).Select(i => $"line {i}"), "[ 1.0] Kernel panic - not syncing: No working init found.", "RIP",
        ];
        IReadOnlyList<string> last = KernelVerdict.LastOf(console);
        Assert.Equal(12, last.Count);
        Assert.Equal(console[30], last[^1]);
        Assert.Equal(
            "it panicked while it booted: No working init found.",
            KernelVerdict.WhyIncomplete(GuestAnswer.Parse(""), last, ["one"], null, ""));
        Assert.Equal("line 29", KernelVerdict.LastOf(console[..30])[^1]);
        Assert.Empty(KernelVerdict.LastOf([]));
    }

    [Theory]
    [InlineData("", 60.0, "", "it gave no answer in 60 s, while it booted (--timeout allows more)")]
    [InlineData("release 6.1\n", 0.5, "", "it gave no answer in 0.5 s, while it verified program one (--timeout allows more)")]
    [InlineData("release 6.1\nprogram accepted one\n", null, "", "its machine ended while it verified program one")]
    [InlineData("release 6.1\nprogram accepted one\njson {}\n", null, "", "its machine ended while it verified program two")]
    [InlineData(
        "release 6.1\nprogram accepted one\njson {}\nprogram accepted two\njson {}\n", null, "qemu: no memory",
        "its machine ended at its end: qemu: no memory")]
    public void What_a_machine_did_last_is_said(string answer, double? seconds, string emulator, string expected) =>
        Assert.Equal(expected, KernelVerdict.WhyIncomplete(
            GuestAnswer.Parse(answer), [], ["one", "two"], seconds is { } time ? TimeSpan.FromSeconds(time) : null, emulator));

    [Fact]
    public void The_table_has_a_row_for_each_kernel_and_a_line_for_each_program_where_it_is_too_wide()
    {
        KernelVerdict[] verdicts =
        [
            new(new("/k/a", "6.1.0"), GuestAnswer.Parse(Whole).Results, null, []),
            new(new("/k/b", "6.12.0"), [GuestAnswer.Parse(Whole).Results[0]], "it hung", []),
        ];
        Assert.StartsWith(
            """
            kernel  one       two
            6.1.0   accepted  helper-not-allowed
            6.12.0  accepted  not verified

            6.1.0: two (xdp): refused: EINVAL: Invalid argument

            """, Text(verdicts, ["one", "two"]), StringComparison.Ordinal);
        string name = new('x', 100);
        Assert.StartsWith(
            $"kernel  program{new string(' ', 93)}  verdict\n6.1.0   one{new string(' ', 97)}  accepted\n"
                + $"6.1.0   {name}  helper-not-allowed\n",
            Text(verdicts, ["one", name]), StringComparison.Ordinal);
    }

    [Fact]
    public void Kernels_of_one_release_are_named_by_their_paths()
    {
        KernelVerdict[] verdicts = [new(new("/k/a", "6.1.0"), [], "it hung", []), new(new("/k/b", "6.1.0"), [], "it hung", [])];
        Assert.Equal("kernel  one\n/k/a    not verified\n/k/b    not verified\n", Text(verdicts, ["one"]));
    }

    private static string Text(KernelVerdict[] verdicts, string[] programs)
    {
        using var text = new StringWriter();
        CompatText.Write(text, programs, verdicts);
        return text.ToString();
    }
}
