{# When the destination last began to write a table: it says so for each sync, one that brings
   nothing too, whereas the rows of a quiet day stay as they are. #}
{% macro last_write(table) %}
select max(started_at) from {{ var('internal_schema') }}.fence where table_schema = '{{ var('source_schema') }}' and table_name = '{{ table }}'
{% endmacro %}

{# Where deletions are soft, the rows that the bank took back are still there, marked. #}
{% macro without_deleted(relation) %}
{%- if execute -%}
{%- set columns = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
{%- if '_ab_cdc_deleted_at' in columns -%}
where _ab_cdc_deleted_at is null
{%- endif -%}
{%- endif -%}
{% endmacro %}
