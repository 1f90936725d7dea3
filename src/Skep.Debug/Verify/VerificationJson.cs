using System.Text.Json;

namespace Skep.Debug.Verify;

/// <summary>Writes what the verifier made of a program as JSON; the keys are documented in docs/verify.md.</summary>
public static class VerificationJson
{
    /// <summary>Writes an object.</summary>
    public static void Write(Utf8JsonWriter json, Verification one)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(one);
        json.WriteStartObject();
        if (one.Program is { } program) json.WriteString("program", program);
        if (one.Type is { } type) json.WriteString("type", type);
        json.WriteBoolean("accepted", one.Accepted);
        if (one.Error is { } error)
        {
            json.WriteNumber("errno", error.Number);
            json.WriteString("error", error.Name);
        }
        else if (one.Accepted)
        {
            json.WriteNumber("errno", 0);
        }
        else
        {
            json.WriteNull("errno");
        }

        if (one.Diagnosis is { } diagnosis) Write(json, diagnosis);
        if (one.Insns > 0) json.WriteNumber("insn_cnt", one.Insns);
        if (one.Counts is { } counts) Write(json, counts);
        if (one.Functions.Count > 0) WriteFunctions(json, one.Functions);
        if (one.Accepted && one.Functions.Count > 0) WriteLoops(json, one.Loops);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Diagnosis diagnosis)
    {
        if (diagnosis.Insn is { } insn) json.WriteNumber("insn", insn);
        else json.WriteNull("insn");
        if (diagnosis.Text.Length > 0) json.WriteString("text", diagnosis.Text);
        WriteSource(json, diagnosis.Source, isKept: true);
        json.WriteString("cause", VerifierCauseInfo.Of(diagnosis.Cause).Name);
        json.WriteString("explanation", diagnosis.Explanation);
        json.WriteString("hint", diagnosis.Hint);
        json.WriteString("message", diagnosis.Message);
        json.WriteStartArray("registers");
        foreach (KnownValue value in diagnosis.Values)
        {
            json.WriteStartObject();
            Write(json, value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("path");
        foreach (PathStep step in diagnosis.Path)
        {
            json.WriteStartObject();
            json.WriteNumber("insn", step.Insn);
            json.WriteString("text", step.Text);
            WriteSource(json, step.Source, isKept: false);
            Write(json, step.Value);
            json.WriteString("what", step.What);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSource(Utf8JsonWriter json, SourcePlace? source, bool isKept)
    {
        if (source is null)
        {
            if (isKept) json.WriteNull("source");
            return;
        }

        json.WriteStartObject("source");
        if (source.File is { } file) json.WriteString("file", file);
        else json.WriteNull("file");
        if (source.Line > 0) json.WriteNumber("line", source.Line);
        else json.WriteNull("line");
        json.WriteString("text", source.Text);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, KnownValue value)
    {
        json.WriteString("register", value.Name);
        if (value.State is { } state) json.WriteString("state", state);
        else json.WriteNull("state");
    }

    private static void Write(Utf8JsonWriter json, VerifierCounts counts)
    {
        json.WriteNumber("processed", counts.Processed);
        json.WriteNumber("limit", counts.Limit);
        json.WriteNumber("max_states_per_insn", counts.MaxStatesPerInsn);
        json.WriteNumber("total_states", counts.TotalStates);
        json.WriteNumber("peak_states", counts.PeakStates);
        if (counts.Microseconds > 0) json.WriteNumber("verification_us", counts.Microseconds);
        if (counts.StackDepths.Count == 0) return;
        json.WriteStartArray("stack_depth");
        foreach (int depth in counts.StackDepths) json.WriteNumberValue(depth);
        json.WriteEndArray();
    }

    private static void WriteFunctions(Utf8JsonWriter json, IReadOnlyList<FunctionCost> functions)
    {
        json.WriteStartArray("functions");
        foreach (FunctionCost function in functions)
        {
            json.WriteStartObject();
            if (function.Name is { } name) json.WriteString("name", name);
            json.WriteNumber("insn_cnt", function.Insns);
            json.WriteNumber("processed", function.Walked);
            if (function.Stack is { } stack) json.WriteNumber("stack_depth", stack);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteLoops(Utf8JsonWriter json, IReadOnlyList<LoopCost> loops)
    {
        json.WriteStartArray("loops");
        foreach (LoopCost loop in loops)
        {
            json.WriteStartObject();
            json.WriteNumber("insn", loop.Insn);
            WriteSource(json, loop.Source, isKept: false);
            json.WriteNumber("rounds", loop.Rounds);
            json.WriteNumber("processed", loop.Walked);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
