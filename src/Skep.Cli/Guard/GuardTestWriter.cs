using System.Globalization;
using System.Text.Json;
using Skep.Guard.Decide;
using Skep.Guard.Model;
using Skep.Guard.Test;
using Skep.Output;

namespace Skep.Cli.Guard;

/// <summary>Writes what policies decide of events.</summary>
internal abstract class GuardTestWriter
{
    public static GuardTestWriter Of(OutputForm form, Stream output) => form switch
    {
        OutputForm.Text => new Text(output),
        OutputForm.Json => new Lines(output),
        _ => new Array(output),
    };

    public abstract void Write(TestedEvent tested);

    /// <summary>Passes on what is written so far.</summary>
    public abstract void Flush();

    /// <summary>Ends the output.</summary>
    /// <param name="isWhole">Whether all events were read.</param>
    public abstract void End(bool isWhole);

    private static void WriteObject(Utf8JsonWriter json, TestedEvent tested)
    {
        Decision decision = tested.Decision;
        json.WriteStartObject();
        if (tested.Time is { } time) json.WriteString("time", time);
        if (tested.Seq is { } seq) json.WriteNumber("seq", seq);
        json.WriteString("cmd", tested.Cmd);
        if (tested.Pid is { } pid) json.WriteNumber("pid", pid);
        if (tested.Comm is { } comm) json.WriteString("comm", comm);
        if (tested.Exe is { } exe) json.WriteString("exe", exe);
        json.WriteString("decision", decision.Word);
        if (decision.Policy is { } policy) json.WriteString("policy", policy.Name);
        if (decision.Rule is { } rule)
        {
            json.WriteNumber("rule", decision.RuleNumber);
            json.WriteNumber("line", rule.Line);
            if (rule.Message is { } message) json.WriteString("message", message);
        }

        if (decision.Missing.Count > 0)
        {
            json.WriteStartArray("missing");
            foreach (ConditionKind kind in decision.Missing) json.WriteStringValue(ConditionInfo.Of(kind).Key);
            json.WriteEndArray();
        }

        if (tested.Reaction is { } reaction) json.WriteString("reaction", reaction);
        json.WriteEndObject();
    }

    /// <summary>A line for each event that is not allowed, and how many there were.</summary>
    private sealed class Text(Stream output) : GuardTestWriter
    {
        private readonly StreamWriter _text = StreamOutput.Text(output);
        private readonly Dictionary<string, long> _counts = [];

        public override void Write(TestedEvent tested)
        {
            Decision decision = tested.Decision;
            _counts[decision.Word] = Count(decision.Word) + 1;
            if (decision.Word is "allow" or "not-covered") return;
            string what = tested.ObjectType is { } type ? SafeText.Escape($" {type} {tested.ObjectName}".TrimEnd()) : "";
            string who = $"{SafeText.Escape(tested.Comm ?? "?")}[{tested.Pid}]{(tested.Exe is { } exe ? $" {SafeText.Escape(exe)}" : "")}";
            string reaction = tested.Reaction is { } done ? $"; {done}" : "";
            string time = SafeText.Escape(tested.Time ?? "");
            _text.WriteLine($"{time} {decision.Word} {tested.Cmd}{what} {who}: {Reason(decision)}{reaction}");
        }

        public override void Flush() => _text.Flush();

        public override void End(bool isWhole)
        {
            if (isWhole)
            {
                long all = _counts.Values.Sum();
                _text.WriteLine($"{(all == 1 ? "1 event" : $"{all} events")}: {Count("allow")} allowed, {Count("alert")} reported, "
                    + $"{Count("deny")} denied, {Count("undecided")} undecided, {Count("not-covered")} not covered");
            }

            _text.Dispose();
        }

        private long Count(string word) => _counts.GetValueOrDefault(word);

        private static string Reason(Decision decision)
        {
            string by = decision.Rule is { } rule
                ? string.Create(CultureInfo.InvariantCulture, $"rule {decision.RuleNumber} (line {rule.Line})") : "default";
            string message = decision.Rule?.Message is { } said ? $": {SafeText.Escape(said)}" : "";
            string missing = decision.Missing.Count == 0 ? ""
                : $": not recorded: {string.Join(", ", decision.Missing.Select(kind => ConditionInfo.Of(kind).Key))}";
            return $"policy {decision.Policy!.Name}, {by}{message}{missing}";
        }
    }

    /// <summary>An object on each line.</summary>
    private sealed class Lines(Stream output) : GuardTestWriter
    {
        public override void Write(TestedEvent tested) =>
            StreamOutput.WriteJson(output, OutputForm.Json, json => WriteObject(json, tested));

        public override void Flush() => output.Flush();

        public override void End(bool isWhole)
        {
        }
    }

    /// <summary>An array over several lines.</summary>
    private sealed class Array : GuardTestWriter
    {
        private readonly Utf8JsonWriter _json;
        private readonly Stream _output;

        public Array(Stream output)
        {
            _output = output;
            _json = new Utf8JsonWriter(output, OutputForm.Pretty.JsonOptions());
            _json.WriteStartArray();
        }

        public override void Write(TestedEvent tested)
        {
            WriteObject(_json, tested);
            StreamOutput.FlushWhenFull(_json);
        }

        public override void Flush() => _json.Flush();

        public override void End(bool isWhole)
        {
            _json.WriteEndArray();
            _json.Dispose();
            _output.Write("\n"u8);
        }
    }
}
